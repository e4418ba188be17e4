"""`cineloop script`: a file a verb."""
