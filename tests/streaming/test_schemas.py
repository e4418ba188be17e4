"""The schemas on file are those of the models, and no change of them breaks anybody."""

import json
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from streaming.schema.events import EVENT_MODELS
from streaming.schema.registry import FOLDER, schema_of, schema_path, schema_text, write_schemas
from tests.streaming.samples import one_of_each
from tests.streaming.schema_compatibility import breaking_changes

_CURE = "run `python -m streaming.schema.registry` and commit what it writes"


def test_the_schemas_on_file_are_current(tmp_path: Path) -> None:
    on_file = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    current = {path.name: path.read_text() for path in write_schemas(tmp_path)}
    assert on_file == current, _CURE


def test_a_schema_of_a_type_that_is_no_more_is_removed(tmp_path: Path) -> None:
    (tmp_path / "film.burnt.json").write_text("{}")
    write_schemas(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == set(EVENT_MODELS)


@pytest.mark.parametrize("event", one_of_each(), ids=lambda event: event.type)
def test_events_satisfy_their_schema(event: Any) -> None:
    schema = json.loads(schema_text(type(event)))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(event.model_dump_json(exclude_none=True)))


def committed(event_type: str) -> dict[str, Any] | None:
    """The schema at the last commit; None where there is none, or no git."""
    shown = subprocess.run(
        ["git", "show", f"HEAD:./{schema_path(event_type).name}"], cwd=FOLDER, capture_output=True, check=False
    )
    return json.loads(shown.stdout) if shown.returncode == 0 else None


@pytest.mark.parametrize("event_type", EVENT_MODELS)
def test_nothing_breaks_against_the_last_commit(event_type: str) -> None:
    before = committed(event_type)
    if before is None:
        pytest.skip(f"no schema of {event_type} at the last commit, or no git")
    assert breaking_changes(before, schema_of(EVENT_MODELS[event_type])) == []


def test_no_type_of_the_last_commit_is_gone() -> None:
    listed = subprocess.run(
        ["git", "ls-tree", "--name-only", "HEAD", "./"], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("no git, or no commit yet")
    types = {Path(name).stem for name in listed.stdout.split() if name.endswith(".json")}
    assert types - set(EVENT_MODELS) == set()


def changed(schema: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with one place (`a/b/c`) set; value None removes it."""
    copy = deepcopy(schema)
    *parents, last = path.split("/")
    place: Any = copy
    for step in parents:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return copy


SLATE: dict[str, Any] = {
    "$id": "t",
    "type": "object",
    "required": ["name", "items"],
    "properties": {
        "name": {"type": "string", "maxLength": 9},
        "items": {"type": "array", "items": {"$ref": "#/$defs/Item"}},
        "score": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": None},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "count": {"type": "integer", "minimum": 0},
    },
    "$defs": {
        "Item": {"type": "object", "required": ["film"], "properties": {"film": {"type": "string"}}},
    },
}

_integer_or_null = {"anyOf": [{"type": "integer"}, {"type": "null"}]}

BREAKING = {
    "a required field goes": ("properties/name", None, "t.name: removed"),
    "a promise is taken back": ("required", ["items"], "t.name: no longer required"),
    "a field becomes required": ("required", ["name", "items", "count"], "t.count: newly required"),
    "another type": ("properties/name", {"type": "integer"}, "t.name: string is no longer allowed"),
    "null is no longer taken": ("properties/score", {"type": "number"}, "t.score: null is no longer allowed"),
    "number to integer": ("properties/score", _integer_or_null, "t.score: number is no longer allowed"),
    "any text to a day": ("properties/name/format", "date", "t.name: format 'date'"),
    "a shorter text": ("properties/name/maxLength", 8, "t.name: maxLength 8, was 9"),
    "a lower bound": ("properties/count/exclusiveMinimum", 1, "t.count: exclusiveMinimum 1, was not set"),
    "a choice less": ("properties/kind/enum", ["a"], "t.kind: only 'a' allowed"),
    "a choice instead of any text": ("properties/name/enum", ["x"], "t.name: only 'x' allowed"),
    "deep inside": ("$defs/Item/properties/film", {"type": "integer"}, "t.items[].film: string is no longer"),
}

HARMLESS = {
    "an optional field comes": ("properties/extra", {"type": "string"}),
    "an optional field goes": ("properties/score", None),
    "integer to number": ("properties/count", {"type": "number", "minimum": 0}),
    "null is taken too": ("properties/name", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    "a longer text": ("properties/name/maxLength", 10),
    "no bound any more": ("properties/count/minimum", None),
    "a choice more": ("properties/kind/enum", ["a", "b", "c"]),
    "other words": ("properties/name/description", "what it is called"),
}


@pytest.mark.parametrize(("path", "value", "told"), BREAKING.values(), ids=BREAKING)
def test_a_breaking_change_is_told(path: str, value: Any, told: str) -> None:
    (change,) = breaking_changes(SLATE, changed(SLATE, path, value))
    assert change.startswith(told)


@pytest.mark.parametrize(("path", "value"), HARMLESS.values(), ids=HARMLESS)
def test_a_harmless_change_is_not(path: str, value: Any) -> None:
    assert breaking_changes(SLATE, changed(SLATE, path, value)) == []


@pytest.mark.parametrize("model", EVENT_MODELS.values(), ids=EVENT_MODELS)
def test_no_change_is_no_change(model: Any) -> None:
    assert breaking_changes(schema_of(model), schema_of(model)) == []
