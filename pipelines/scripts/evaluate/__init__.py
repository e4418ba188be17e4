"""Figures of the script desk, each by one command."""
