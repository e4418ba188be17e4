"""Estimators: from a table of what is known to the log of what will be taken. `protocol.py` is the interface."""

from models.estimators.registry import load_estimator, members

__all__ = ["load_estimator", "members"]
