"""Judging scripts: expected appeal by segment, sentiment, style, and the passages that cause them."""
