"""What verbs print: tables, JSON, progress bars."""
