"""Release planning: when a film should open."""
