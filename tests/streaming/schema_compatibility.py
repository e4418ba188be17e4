"""Which changes of an event's JSON Schema would break somebody.

New readers meet old records (topics are kept), and old readers meet new records (producers are changed one by
one). So a change breaks if the new schema refuses what the old one allowed, or no longer promises a field
that the old one promised. Only what Pydantic writes for our events is understood.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_SHAPES = ("format", "pattern", "const")


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """What in `new` breaks readers or records of `old`, a sentence each; empty if nothing does."""
    return list(_Comparison(old, new).changes(old, new, old.get("$id", "event")))


class _Comparison:
    """Walks two schemas side by side; keeps both roots, to which references point."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new

    def changes(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        """What breaks at `path` and below it."""
        before, after = _kinds(old, self._old), _kinds(new, self._new)
        for kind, was in before.items():
            now = after.get(kind) or (after.get("number") if kind == "integer" else None) or after.get("any")
            if now is None:
                yield f"{path}: {kind} is no longer allowed, only {' or '.join(after)}"
                continue
            yield from _narrowed(was, now, path)
            if kind == "object":
                yield from self._fields(was, now, path)
            if kind == "array":
                yield from self.changes(was.get("items", {}), now.get("items", {}), f"{path}[]")

    def _fields(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
        had, has = old.get("properties", {}), new.get("properties", {})
        for name in sorted(was_required - has.keys()):
            yield f"{path}.{name}: removed, and readers need it"
        for name in sorted((was_required & has.keys()) - is_required):
            yield f"{path}.{name}: no longer required, and readers need it"
        for name in sorted(is_required - was_required):
            yield f"{path}.{name}: newly required, and records without it are on the topics"
        for name in sorted(had.keys() & has.keys()):
            yield from self.changes(had[name], has[name], f"{path}.{name}")


def _kinds(schema: Schema, root: Schema) -> dict[str, Schema]:
    """The types that a schema allows, each with the part that speaks of it; references and anyOf unfolded."""
    if "$ref" in schema:
        return _kinds(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema:
        return {kind: part for option in schema["anyOf"] for kind, part in _kinds(option, root).items()}
    return {schema.get("type", "any"): schema}


def _narrowed(old: Schema, new: Schema, path: str) -> Iterator[str]:
    """Bounds and shapes of one type that allow less than they did."""
    infinite = float("inf")
    for name in _LOWER_BOUNDS:
        if new.get(name, -infinite) > old.get(name, -infinite):
            yield f"{path}: {name} {new[name]}, was {old.get(name, 'not set')}"
    for name in _UPPER_BOUNDS:
        if new.get(name, infinite) < old.get(name, infinite):
            yield f"{path}: {name} {new[name]}, was {old.get(name, 'not set')}"
    for name in _SHAPES:
        if name in new and new[name] != old.get(name):
            yield f"{path}: {name} {new[name]!r}, was {old.get(name, 'not set')!r}"
    if "enum" in new and not set(old.get("enum", [object()])) <= set(new["enum"]):
        yield f"{path}: only {', '.join(map(repr, new['enum']))} allowed now"
