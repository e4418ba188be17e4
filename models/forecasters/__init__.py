"""Forecasters: what a film in release takes on each of the next days. `protocol.py` is the interface."""

from models.base.discovery import Family
from models.forecasters.protocol import Forecaster

_FAMILY = Family[Forecaster](__name__, "forecast")
members = _FAMILY.members
load_forecaster = _FAMILY.load
