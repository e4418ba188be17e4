"""Forecasters: what a film in release takes on each of the next days. `protocol.py` is the interface."""
