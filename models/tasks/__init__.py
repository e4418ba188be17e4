"""Tasks: how a question about grosses becomes cases, and which stack answers it. One task a file."""
