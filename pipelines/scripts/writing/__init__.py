"""Writing: the texts that writers learn from, their training, and drafts that are no copies."""
