"""Judging: what judges of scripts are trained on, and what they say of a script."""
