"""The lake and the models of the events judge alike: whatever a body says, both take it, or neither does."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from jobs import local_frame
from jobs.silver.admission import judged
from jobs.silver.parse import parsed
from streaming.errors import CodecError
from streaming.kafka.topics import INPUTS, topic_of
from streaming.schema.bounds import broken_rule
from streaming.schema.events import EVENT_MODELS
from tests.jobs.bronze_rows import APPENDED, NOW_MS, frame
from tests.jobs.generated import generated

pytestmark = [pytest.mark.spark, pytest.mark.timeout(1200)]
_APPENDED_MS = round(APPENDED.timestamp() * 1000)
_MODELS = {name: model for name, model in EVENT_MODELS.items() if topic_of(name) in INPUTS}
_LONG = 2**63
Told = tuple[str, str | bytes, bytes]
"""Type, id and body of a record."""

_PLAIN: dict[str, dict[str, Any]] = {
    "film.described": {"film_id": "f", "title": "T", "occurred_at": NOW_MS},
    "viewer.described": {"viewer_id": "v", "occurred_at": NOW_MS},
    "viewing.play": {"viewer_id": "v", "film_id": "f", "occurred_at": NOW_MS},
    "viewing.progress": {"viewer_id": "v", "film_id": "f", "occurred_at": NOW_MS, "fraction": 0.5},
    "viewing.rate": {"viewer_id": "v", "film_id": "f", "occurred_at": NOW_MS, "rating": 4.0},
    "viewing.search": {"viewer_id": "v", "query": "q", "occurred_at": NOW_MS},
    "viewing.read": {"viewer_id": "v", "script_id": "s", "rating": 4.0, "occurred_at": NOW_MS},
    "boxoffice.day": {"film_id": "f", "date": "2023-11-14", "gross": 1.0, "occurred_at": NOW_MS},
}
# Of each field: what is believed, and what is not, by hand.
_EDGES: dict[str, dict[str, tuple[list[Any], list[Any]]]] = {
    "film.described": {
        "budget": ([0, 0.0, 1, 1e10, None], [-1, 1e-10, 5e-324, 1.1e10, 1e39, 1e300, 1e999, "1", True, [1]]),
        "runtime_minutes": ([0, 90, 90.5, 100_000], [-0.1, 1e39, 100_001, 1.2e-38, "90"]),
        "opening_theatres": ([0, 4_000, 1_000_000], [-1, 1_000_001, 2**31, _LONG, 1e3, 3.0, "7", True]),
        "wide": ([True, False, None], [1, "true"]),
        "title": (["", "1917", "x" * 1_000, "a\tb\nc", "é\U0001f3ac"], [None, "x" * 1_001, "a\x00b", "\x1b[2J", 7, {}]),
        "synopsis": (["x" * 50_000, "a\r\nb"], ["x" * 50_001, "\x7f", ["a"]]),
        "genres": (
            [[], ["Drama"], [""], ["x" * 1_000], ["a"] * 1_000],
            [None, [None], ["a", None], [1], ["a", 1], "Drama", ["x" * 1_001], ["a"] * 1_001, ["a\x01"], [["a"]]],
        ),
        "people": ([["A", "B"]], [["\x00"], {}]),
        "film_id": (["x" * 256, "ml-1"], [None, "", "x" * 257, "a\nb", 1, "\ufffd"]),
        "release_date": (
            ["1895-01-01", "2056-12-31", None],
            ["1894-12-31", "2057-01-01", "0000-01-01", "10000-01-01", "2023-02-30", "2023-1-1", 20230101, "", "soon"],
        ),
        "opens": (["2023-11-14"], ["9999-12-31", "2023-11-14T00:00:00", "2023-11-14 ", "1700000000"]),
    },
    "viewer.described": {"age_band": (["25-34", None], ["x" * 1_001, 25, "\x02"])},
    "viewing.play": {
        "position": ([1, 10_000, None], [0, -1, 10_001, 2**31, -(2**31) - 1, _LONG, 1e12, 1.0, "1", True]),
        "propensity": ([0, 1, 1e-9, 0.5, None], [-1e-9, 1.0001, 1e-10, 5e-324, 1e999, "0.5", "NaN", "Infinity"]),
        "slate_id": (["", "s", None], ["x" * 257, "a\x7f", 3, 3.5, False]),
        "viewer_id": (["7", "x" * 256], [None, "", 7, True, ["v"], "x" * 257, "a\tb"]),
        "occurred_at": (
            [-2_366_755_200_000, NOW_MS, _APPENDED_MS + 86_400_000],
            [-2_366_755_200_001, _APPENDED_MS + 86_400_001, 2**62, _LONG - 1, _LONG, -_LONG, 1e300, 1.7e12, "1", None],
        ),
        "mood": (["happy", 7, [1, None], {"a": 1}, 1e300], []),
    },
    "viewing.progress": {"fraction": ([0, 1, 0.5], [None, -0.1, 1.1, 1e-300, "1"])},
    "viewing.rate": {"rating": ([0.5, 5, 4.25], [None, 0.49, 5.01, 0, 9, -1, 1e39, 5e-324, "4"])},
    "viewing.search": {"film_id": (["f", None], ["", 3]), "query": (["", "x" * 1_000], [None, "x" * 1_001, "a\x00"])},
    "viewing.read": {"script_id": (["s"], [None, "", "x" * 257]), "film_id": ([None], ["f", ""])},
    "boxoffice.day": {
        "gross": ([0, 1e9, 0.01], [None, -0.01, 1.0001e9, 1e-10, 1e39, "1"]),
        "screens": ([0, None, 1_000_000], [-1, 1_000_001, 1.5, 2**40]),
        "rank": ([1, 100_000], [0, 100_001, 1e2]),
        "territory": (["US", ""], [None, "x" * 1_001, 1]),
        "date": (["1895-01-01", "2023-11-15"], [None, "1894-12-31", "2023-11-16", "2999-01-01", "23-11-14", 7]),
    },
}
_BODIES: dict[bytes, bool] = {
    b"": False,
    b" ": False,
    b"null": False,
    b"7": False,
    b"[]": False,
    b"{}": False,
    b'[{"occurred_at": 1, "viewer_id": "v", "film_id": "f"}]': False,
    b'{"occurred_at": 1, "viewer_id": "v", "film_id": "f"}': True,
    b' {"occurred_at": 1, "viewer_id": "v", "film_id": "f"}\n': True,
    b'{"occurred_at": 1, "viewer_id": "v", "film_id": "f"} and more': False,
    b'{"occurred_at": 1, "viewer_id": "v", "film_id": "f"}{}': False,
    b'{"occurred_at": 1, "viewer_id": "v", "film_id": "f"': False,
    b"{'occurred_at': 1, 'viewer_id': 'v', 'film_id': 'f'}": False,
    b'\xef\xbb\xbf{"occurred_at": 1, "viewer_id": "v", "film_id": "f"}': False,
    b'{"occurred_at": 1, "viewer_id": "\xff\xfe", "film_id": "f"}': False,
    b'{"occurred_at": 1, "viewer_id": "\\ud800", "film_id": "f"}': False,
    b'{"occurred_at": 1, "viewer_id": "\\ud83c\\udfac", "film_id": "f"}': True,
    b'{"occurred_at": 1, "viewer_id": 7, "viewer_id": "v", "film_id": "f"}': True,
    b'{"occurred_at": 1, "viewer_id": "v", "film_id": "f", "mood": NaN}': False,
    b'{"occurred_at": 1, "viewer_id": "v", "film_id": "f", "propensity": NaN}': False,
    b'{"occurred_at": 1, "viewer_id": "v", "film_id": "f", "position": %s}' % (b"9" * 400): False,
    b'{"occurred_at": 01, "viewer_id": "v", "film_id": "f"}': False,
    b'{"occurred_at": 1, "viewer_id": "v", "film_id": "f", }': False,
    b"\x00\xff\xfe": False,
}
_IDENTITIES: dict[str | bytes, bool] = {
    "x" * 128: True,
    "x" * 129: False,
    "": False,
    "a\x00b": False,
    "a\nb": False,
    b"\xff\xfe": False,
    "é": True,
}


def edges() -> dict[Told, bool]:
    """Records, and whether they are to be believed."""
    found: dict[Told, bool] = {}
    for kind, fields in _EDGES.items():
        for name, (believed, refused) in fields.items():
            for good, values in ((True, believed), (False, refused)):
                found |= {(kind, "x", _json({**_PLAIN[kind], name: value})): good for value in values}
    found |= {("viewing.play", "x", body): good for body, good in _BODIES.items()}
    return found | {("viewing.play", name, _json(_PLAIN["viewing.play"])): good for name, good in _IDENTITIES.items()}


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).replace("Infinity", "1e999").replace('"1e999"', '"Infinity"').encode()


def _row(offset: int, told: Told) -> dict[str, Any]:
    kind, identity, body = told
    named = identity if isinstance(identity, bytes) else identity.encode()
    headers = [{"key": "ce_id", "value": named}, {"key": "ce_type", "value": kind.encode()}]
    return {
        **{"topic": topic_of(kind).name, "partition": 0, "offset": offset, "appended_at": APPENDED},
        **{"key": b"k", "value": body, "headers": headers},
    }


def by_the_lake(spark: SparkSession, told: list[Told]) -> list[str | None]:
    """Why the lake refuses each record; None where it takes it."""
    films = local_frame.of_rows(spark, [[name] for name in {*_films(told), "f"}], "film_id string")
    rows = judged(parsed(frame(spark, map(_row, range(len(told)), told))), films).select("offset", "reason").collect()
    return [row["reason"] for row in sorted(rows, key=lambda row: row["offset"])]


def _films(told: list[Told]) -> set[str]:
    """All films that bodies name, so that none is unknown."""
    found: set[str] = set()
    for _, _, body in told:
        try:
            named = json.loads(body)["film_id"]
            named.encode()
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        found.add(named)
    return found


def by_the_models(told: Told) -> str | None:
    """Why the border refuses a record."""
    row = _row(0, told)
    try:
        event = topic_of(told[0]).codec.decode(row["value"], [(each["key"], each["value"]) for each in row["headers"]])
    except CodecError:
        return "malformed"
    return broken_rule(event, _APPENDED_MS)


def test_both_judge_the_edges_as_they_should(spark: SparkSession) -> None:
    wanted = edges()
    told = list(wanted)
    lake, models = by_the_lake(spark, told), [by_the_models(each) for each in told]
    for judge, reasons in {"lake": lake, "models": models}.items():
        wrong = [(each, why) for each, why in zip(told, reasons, strict=True) if (why is None) != wanted[each]]
        assert not wrong, f"the {judge} is wrong about {len(wrong)}: {[(str(a)[:300], why) for a, why in wrong[:20]]}"
    named = [(ours, theirs) for ours, theirs in zip(lake, models, strict=True) if theirs not in (None, "malformed")]
    # A whole number that none of the lake's columns can hold is malformed to it.
    unlike = {(ours, theirs) for ours, theirs in named if ours not in (theirs, "malformed body")}
    assert not unlike, "the border tells the lake's own reason"


_TEXT = st.one_of(st.text(max_size=20), st.sampled_from(["", "f", "x" * 300, "x" * 1_001, "a\x00", "\ufffd", "é"]))
_WHOLE = st.one_of(st.integers(-(2**70), 2**70), st.sampled_from([0, -1, 10_001, 1_000_001, 2**31, _LONG]))
_NUMBER = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.sampled_from([0, 1, 5, 0.5, 1e-9, 5e-324, 1e39, 2**31, _LONG, NOW_MS, 1e9, 1e10, 10_000]),
)
_ANY = st.one_of(_TEXT, _NUMBER, st.none(), st.booleans(), st.lists(_TEXT, max_size=3), st.dictionaries(_TEXT, _TEXT))


def _value(annotation: str) -> st.SearchStrategy[Any]:
    """Mostly what the field is of, else anything."""
    day = st.dates(date(1890, 1, 1), date(2060, 1, 1)).map(str)
    of: list[tuple[str, st.SearchStrategy[Any]]] = [
        ("tuple", st.lists(_TEXT, max_size=4)),
        ("bool", st.booleans()),
        ("int", st.one_of(st.integers(1, 9_000), st.just(NOW_MS), _WHOLE)),
        ("float", st.one_of(st.floats(0, 5), _NUMBER)),
        ("date", day),
        ("", _TEXT),
    ]
    return next(strategy for word, strategy in of if word in annotation)


@st.composite
def _records(draw: Callable[..., Any]) -> Told:
    """A plain body of some type with a few of its fields replaced."""
    kind = draw(st.sampled_from(sorted(_PLAIN)))
    body = dict(_PLAIN[kind])
    fields = {name: str(field.annotation) for name, field in _MODELS[kind].model_fields.items() if name != "event_id"}
    for name in draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, max_size=3, unique=True)):
        body[name] = draw(_ANY if draw(st.integers(0, 9)) == 9 else _value(fields[name]))
    body["mood"] = draw(_ANY)
    return kind, draw(st.one_of(st.just("x"), st.just("y"), st.text(max_size=140))), _json(body)


def _compare(spark: SparkSession, told: list[Told]) -> None:
    lake, models = by_the_lake(spark, told), [by_the_models(each) for each in told]
    unlike = [case for case in zip(told, lake, models, strict=True) if (case[1] is None) != (case[2] is None)]
    assert not unlike, f"{len(unlike)} of {len(told)}: {unlike[:5]}"
    taken = sum(reason is None for reason in lake)
    assert len(told) / 10 < taken < len(told) * 9 / 10, "some are taken and some are not"


def test_both_judge_whatever_comes_alike(spark: SparkSession) -> None:
    _compare(spark, generated(_records(), 1_000))


@pytest.mark.soak
@pytest.mark.parametrize("number", range(20))
def test_both_judge_much_more_alike(spark: SparkSession, number: int) -> None:
    _compare(spark, generated(_records(), 5_000, anew=True))
