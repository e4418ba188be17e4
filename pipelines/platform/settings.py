"""The environment of the pipelines, read here and nowhere else.

Every function that reads a variable raises `BadSetting` where it has a value that it cannot have.
"""

import os
from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path

from pipelines.platform.errors import BadSetting

_NARROWEST = 32
_HISTORY_FROM = "2000-01-03"


def diversity() -> float:
    """`CINELOOP_DIVERSITY`: the dial of `models.recommenders.variety`, from 0 (as the model ranks) to 1."""
    return _read_share("CINELOOP_DIVERSITY", 0.0)


def least_coverage() -> float:
    """`CINELOOP_LEAST_COVERAGE`: the least coverage of the films that a cycle's slates may have (a guard rail)."""
    return _read_share("CINELOOP_LEAST_COVERAGE", 0.05)


def least_new() -> float:
    """`CINELOOP_LEAST_NEW`: the least share of what is due to them that new films may have in slates (a guard rail)."""
    return _read_share("CINELOOP_LEAST_NEW", 0.2)


def most_concentrated() -> float:
    """`CINELOOP_MOST_GINI`: the highest Gini index that a cycle's slates may have (a guard rail)."""
    return _read_share("CINELOOP_MOST_GINI", 0.98)


def trained_members(known: Collection[str]) -> list[str]:
    """`CINELOOP_MEMBERS`: names joined by commas of the recommenders that cycles train, all by default."""
    names = [name.strip() for name in os.environ.get("CINELOOP_MEMBERS", "").split(",") if name.strip()]
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise BadSetting(f"CINELOOP_MEMBERS names {', '.join(unknown)}: name some of {', '.join(sorted(known))}")
    return sorted(set(names)) or sorted(known)


def effort() -> dict[str, int]:
    """What a cycle's members spend on learning, where they have such settings; evaluations spend more.

    `CINELOOP_EPOCHS`: passes over the data. `CINELOOP_WIDTH`: dimensions of a network.
    """
    epochs, width = _read_count("CINELOOP_EPOCHS", 3), _read_count("CINELOOP_WIDTH", 64)
    if width < _NARROWEST or width & (width - 1):
        raise BadSetting(f"CINELOOP_WIDTH is {width}: set it to a power of two from {_NARROWEST} up, or unset it")
    return {"epochs": epochs, "width": width}


def tidy_every() -> int:
    """`CINELOOP_TIDY_EVERY`: the state folder is tidied once in so many cycles, five by default."""
    return _read_count("CINELOOP_TIDY_EVERY", 5)


def kept_cycles() -> int:
    """`CINELOOP_KEPT_CYCLES`: cycles whose table versions and models of decisions are kept, four by default."""
    return _read_count("CINELOOP_KEPT_CYCLES", 4)


def kept_versions() -> int:
    """`CINELOOP_KEPT_VERSIONS`: of each family, so many of the newest model versions are kept whatever they did."""
    return _read_count("CINELOOP_KEPT_VERSIONS", 5)


def kept_runs() -> int:
    """`CINELOOP_KEPT_RUNS`: so many runs stay on the Dagster page, each about a megabyte; twenty by default."""
    return _read_count("CINELOOP_KEPT_RUNS", 20)


def history_from() -> date:
    """`CINELOOP_HISTORY_FROM`: the first week of the box office's history, by its Monday; 2000-01-03 by default.

    A day that is no Monday stands for the next one.
    """
    text = os.environ.get("CINELOOP_HISTORY_FROM", "") or _HISTORY_FROM
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadSetting(
            f"CINELOOP_HISTORY_FROM is {text!r:.40}: set it to a day such as {_HISTORY_FROM}, or unset it"
        ) from None
    return day + timedelta(days=-day.weekday() % 7)


def script_model() -> Path | None:
    """`CINELOOP_SCRIPT_MODEL`: a local folder of `transformers` to draft with, instead of the writer trained here."""
    folder = os.environ.get("CINELOOP_SCRIPT_MODEL", "")
    return Path(folder) if folder else None


def _read_count(name: str, default: int) -> int:
    text = os.environ.get(name, "") or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise BadSetting(f"{name} is {text!r:.40}: set it to a whole number from 1 up, or unset it for {default}")
    return int(text)


def _read_share(name: str, default: float) -> float:
    text = os.environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise BadSetting(f"{name} is {text!r:.40}: set it to a number from 0 to 1, or unset it for {default:g}")
    return value
