"""Recommenders: who may like which film next. `protocol.py` is the interface, one model a file."""
