"""Forecasters: what a film in release takes on each of the next days. `protocol.py` is the interface."""

from models.forecasters.registry import load_forecaster, members

__all__ = ["load_forecaster", "members"]
