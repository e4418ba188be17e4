"""Who ranks, and the thread that does it."""
