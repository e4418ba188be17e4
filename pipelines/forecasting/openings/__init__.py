"""Films before they open: what each should take."""
