"""The script desk: what is wanted, what writers learn and write, whom it pleases, and what would please more."""
