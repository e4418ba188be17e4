"""Planning a release date: the worth of season and of rivals, learned from the runs of earlier films."""
