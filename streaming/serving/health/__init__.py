"""Readiness, metrics, background threads."""
