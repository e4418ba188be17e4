"""Segments by name: `taste/Horror`, or `Horror` where one facet alone has it."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from models.base.columns import VIEWER
from pipelines.lake import delta
from pipelines.platform.errors import NothingThere


def full_name(facet: str, segment: str) -> str:
    """Facet and segment as one name, such as `taste/Horror`."""
    return segment if facet == segment else f"{facet}/{segment}"


def full_names(rows: pd.DataFrame) -> list[str]:
    """The full name of the segment of each row, of its `segment_facet` and `segment`."""
    return [full_name(*pair) for pair in zip(rows["segment_facet"], rows["segment"], strict=True)]


def viewers_by_segment(lake: Path) -> dict[str, list[str]]:
    """Read from the lake's `features/viewer_segment`: full name of a segment → its viewers; empty if unwritten."""
    members = delta.read(lake, "features/viewer_segment", [VIEWER, "segment_facet", "segment"])
    return {} if members is None else viewers_of(members)


def viewers_of(members: pd.DataFrame) -> dict[str, list[str]]:
    """Full name of a segment → its viewers, from rows of `features/viewer_segment`, in their order."""
    return {str(name): viewers.tolist() for name, viewers in members[VIEWER].groupby(full_names(members))}


def segment_named(name: str, known: Sequence[str]) -> str:
    """The full name that a person means; raises NothingThere where no segment, or more than one, is called so."""
    found = [each for each in known if name in (each, each.partition("/")[2])]
    if name in found:
        return name
    if len(found) == 1:
        return found[0]
    if found:
        raise NothingThere(f"{name!r} names {len(found)} segments: name one of {', '.join(found)}")
    raise NothingThere(f"there is no segment {name!r}: name one of {', '.join(known) or 'none'}")
