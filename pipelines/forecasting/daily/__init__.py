"""Films in release: what each takes on each of the next days."""
