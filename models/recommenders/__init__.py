"""Recommenders: who may like which film next. `protocol.py` is the interface, one model a file."""

from models.recommenders.registry import load_recommender, members

__all__ = ["load_recommender", "members"]
