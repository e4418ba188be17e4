"""Improving: edits by whole scenes that should please a segment more."""
