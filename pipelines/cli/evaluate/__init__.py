"""`cineloop evaluate`: a file a measure."""
