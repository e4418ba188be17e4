"""What all models stand on: artifacts on disk, names of columns, days, errors, discovery of members."""
