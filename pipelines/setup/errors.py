"""Errors of the set-up.

SetupError    something is missing that the set-up cannot provide; the message holds the command that does
"""


class SetupError(Exception):
    """Something is missing that the set-up cannot provide; the message holds the command that does."""
