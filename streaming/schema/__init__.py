"""Event types, their bounds and identities, and their JSON Schemas."""
