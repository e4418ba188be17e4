"""Recommenders: who may like which film next. `protocol.py` is the interface, one model a file."""

from typing import Any

from models.base.discovery import Family
from models.recommenders.protocol import Recommender

_FAMILY = Family[Recommender](__name__, "recommend")
members = _FAMILY.members
load_recommender = _FAMILY.load


def made(name: str, **settings: Any) -> Recommender:
    """A new member of this name that has learned nothing; settings go to it and to those parts that have them."""
    model = members()[name]()
    for each in (model, *getattr(model, "parts", ())):
        for setting, value in settings.items():
            if hasattr(each, setting):
                setattr(each, setting, value)
    return model
