"""Estimators: from a table of what is known of a case to the log of what it will take. `protocol.py` is the interface."""

from models.estimators.registry import load_estimator, members

__all__ = ["load_estimator", "members"]
