"""Segments of the audience: what each likes, as far as it may be published."""
