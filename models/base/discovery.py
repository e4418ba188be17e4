"""The members of a family of models: the classes with a name of their own, one model a file; found, and loaded."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from models.base.artifact import model_name
from models.base.errors import UnknownModel


def discover(family: ModuleType, verb: str) -> dict[str, type[Any]]:
    """The concrete classes in the modules of a package that have a `name` and can do `verb`, by name, sorted.

    Importing them here, and not with the package, keeps the learning libraries out of every command's start.
    """
    found = {member.name: member for module in _modules(family) for member in _members(module, verb)}
    return dict(sorted(found.items()))


def load(folder: Path, known: Mapping[str, type[Any]], family: str) -> Any:
    """The model saved at `folder`, of whichever of the `known` classes wrote it; `family` is what they are called.

    Raises:
        BadArtifact: the folder is torn or foreign.
        UnknownModel: none of them has the name of the artifact's model.
    """
    name = model_name(folder)
    if name not in known:
        raise UnknownModel(f"{folder} was saved by {name!r}; the {family} are {', '.join(known)}.")
    return known[name].load(folder)


def _modules(family: ModuleType) -> Iterator[ModuleType]:
    for module in pkgutil.iter_modules(family.__path__, family.__name__ + "."):
        yield importlib.import_module(module.name)


def _members(module: ModuleType, verb: str) -> Iterator[type[Any]]:
    for _, member in inspect.getmembers(module, inspect.isclass):
        own = member.__module__ == module.__name__ and isinstance(getattr(member, "name", None), str)
        if own and hasattr(member, verb) and not inspect.isabstract(member):
            yield member
