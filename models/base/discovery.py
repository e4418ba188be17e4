"""Families of models: a model is a member because its file is in the family's package, one model a file."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar, cast

from models.base.artifact import model_name
from models.base.errors import UnknownModel

Member = TypeVar("Member")


@dataclass(frozen=True)
class Family(Generic[Member]):
    """The concrete classes in the modules of a package that have a `name` and the method `verb`."""

    package: str
    verb: str

    def members(self) -> dict[str, type[Member]]:
        """Import all modules of the family's package, and return their members by name, sorted.

        They are imported here and not with the package: the learning libraries would slow the start of every command.
        """
        found = {member.name: member for module in self._import_modules() for member in self._members(module)}
        return dict(sorted(found.items()))

    def load(self, folder: Path) -> Member:
        """Load the model saved at `folder`, of whatever member wrote it; imports only that member's module.

        Raises:
            BadArtifact: the folder is torn or foreign.
            UnknownModel: no member has the name of the artifact's model.
        """
        name, package = model_name(folder), importlib.import_module(self.package)
        files = [module.name for module in pkgutil.iter_modules(package.__path__)]
        found = self._members(importlib.import_module(f"{self.package}.{name}")) if name in files else iter(())
        model = next((member for member in found if member.name == name), None)
        if model is None:
            family = self.package.rpartition(".")[2]
            raise UnknownModel(f"{folder} was saved by {name!r}; the {family} are {', '.join(self.members())}.")
        return cast(Member, cast(Any, model).load(folder))

    def _import_modules(self) -> Iterator[ModuleType]:
        """Import the modules of the package, one after the other."""
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__, f"{self.package}."):
            yield importlib.import_module(module.name)

    def _members(self, module: ModuleType) -> Iterator[type[Any]]:
        """The concrete classes with a `name` and the family's method that this module defines itself."""
        for _, member in inspect.getmembers(module, inspect.isclass):
            own = member.__module__ == module.__name__ and isinstance(getattr(member, "name", None), str)
            if own and hasattr(member, self.verb) and not inspect.isabstract(member):
                yield member
