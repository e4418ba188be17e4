"""Films before they open: the gross that each is expected to take."""
