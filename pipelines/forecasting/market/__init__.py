"""The market of the next four weeks: all films, and each genre."""
