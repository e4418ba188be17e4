"""The script desk: what is wanted, whom a script pleases, and what would please them more."""
