"""Forms of trained recommenders that only serve: no members, as nothing can train them. One form a file."""
