"""Uplift: the effect of a campaign on what viewers do, learned from campaigns whose viewers were drawn at random."""
