"""What `cineloop evaluate scripts` measures: a row is there because its file is in this folder, and has `measure`."""
