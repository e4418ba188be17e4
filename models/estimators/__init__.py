"""Estimators: from a table of what is known to the log of what will be taken. `protocol.py` is the interface."""

from models.base.discovery import Family
from models.estimators.protocol import Estimator

_FAMILY = Family[Estimator](__name__, "contributions")
members = _FAMILY.members
load_estimator = _FAMILY.load
