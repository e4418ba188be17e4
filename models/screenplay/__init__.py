"""Screenplays in Fountain: the parser, the grammar, and masks of tokens."""
