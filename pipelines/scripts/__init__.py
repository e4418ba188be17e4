"""The script desk: briefs of segments, writers and their drafts, judges, and edits that raise a script's appeal."""
