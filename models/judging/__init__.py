"""Judging scripts: what people said, how they would like it, and which passages say so."""
