"""A film that nobody has announced yet, described by a small YAML file or by flags."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipelines.platform.errors import BadDescription
from streaming.kafka.codec import first_complaint
from streaming.schema.bounds import NUMBERS
from streaming.schema.events import FilmDescribed

FILM_ID = "described"
_OURS = ("event_id", "occurred_at", "film_id", "people", "release_date")
KNOWN = tuple(name for name in FilmDescribed.model_fields if name not in _OURS)


def read_description(path: Path | None, flags: Mapping[str, Any]) -> FilmDescribed:
    """The film as the file describes it; flags take precedence.

    Raises:
        BadDescription: there is no such file, it is no YAML mapping, or a fact is unknown, missing or of another kind.
    """
    told = {**(_file(path) if path else {}), **flags}
    unknown = sorted(set(told) - set(KNOWN))
    if unknown:
        raise BadDescription(f"nothing is known of {', '.join(unknown)}: describe a film by {', '.join(KNOWN)}")
    missing = [name for name in ("title", "opens") if not told.get(name)]
    if missing:
        raise BadDescription(
            f"a film needs {' and '.join(missing)}: add `{missing[0]}: …` to the file, or give the flag"
        )
    try:
        return FilmDescribed.model_validate({"event_id": FILM_ID, "occurred_at": 0, "film_id": FILM_ID, **told})
    except ValidationError as error:
        raise BadDescription(f"the description cannot be read: {first_complaint(error)}") from error


def _file(path: Path) -> dict[str, Any]:
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadDescription(f"{path} cannot be read as YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(told, dict):
        raise BadDescription(
            f"{path} holds {type(told).__name__}, a mapping is wanted: `title: …`, `opens: 2024-05-03`, …"
        )
    return {str(name): _number(value) if name in NUMBERS else value for name, value in told.items()}


def _number(told: Any) -> Any:
    """A number written as 2.0e7, which YAML 1.1 reads as text for want of a sign in the exponent."""
    try:
        return float(told) if isinstance(told, str) else told
    except ValueError:
        return told
