"""Start, readiness, metrics, background threads."""
