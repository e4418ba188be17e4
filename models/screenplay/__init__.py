"""Screenplays in Fountain: read, written, and put together."""
