"""Films in release: the daily gross of the next four weeks."""
