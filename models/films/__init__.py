"""What is known of a film some days before it opens. `prerelease.py` puts the columns together."""
