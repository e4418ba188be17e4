"""Tastes of the audience by segment: which may be published, and which rise and fall."""
