"""Features of films as known some days before they open. `prerelease.py` puts the columns together."""
