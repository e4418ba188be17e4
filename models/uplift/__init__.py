"""Uplift: what a campaign adds to what viewers would have done without it, learned from campaigns drawn at random."""
