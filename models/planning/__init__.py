"""When a film should open: what its date is worth by season and by rivals, learned from the runs of earlier films."""
