"""JSON as text, at the edges of what a schema allows: numbers, days, moments, texts and lists of them.

Fragments rather than values: a foreign client may write `1e400` or an escaped lone surrogate, and Python's own writer
would not.
"""

import json
from datetime import date, timedelta

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Fragment = str
LARGEST = 900_000  # bytes: near what the broker takes of one record

DAY_MS = 86_400_000

_REALS = (
    *("0", "-0.0", "5e-324", "-5e-324", "2.2250738585072014e-308", "1e-39", "1e-9", "0.1", "0.5", "1.0", "5", "1e0"),
    *("0.49999999999999994", "0.9999999999999999", "1.0000000000000002", "5.000000000000001", "1e9", "1000000000.01"),
    *("3.4028234663852886e38", "1e39", "-1e39", "1e308", "-1.7976931348623157e308", "1.7976931348623157e308"),
    *("1e400", "-1e400", "9007199254740993", "9" * 400, "1e-400", "299792458"),
)
_WHOLES = (
    *("0", "-1", "1", "7", "10", "127", "32767", "65536", "2147483647", "2147483648", "-2147483648", "-2147483649"),
    *(
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "9" * 400,
        "1e3",
        "3.0",
    ),
)
_TEXTS = (
    *("", " ", "\0", "\x01\x1f\x7f", "\r\n\t", "null", "NaN", "Infinity", "-", "true", "[]", "{}", "0", "None", "nan"),
    *(
        "US/Comedy",
        "a|b",
        "|",
        "a,b;c:d",
        "/",
        "../../../../tmp/odd",
        "C:\\odd",
        "a\x1fb",
        "%s%d%n",
        "{0}{{x}}",
        "=1+1",
    ),
    *("'; drop table silver; --", '"quoted"', "`tick`", "$HOME $(id) $\\frac{1}{0}$", "$", "\\", "^_{", "&amp;", "]]>"),
    *(
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "[red]bold[/red]",
        "[/]",
        "{{ 7*7 }}",
        "{% raw %}",
    ),
    *(
        "```\n# not code",
        "![p](javascript:alert(1))",
        "| a | b |",
        "INT. ROOM - DAY",
        "FADE IN:\n\n# Act",
        "===",
        ">X<",
    ),
    *(
        "שלום \u202eevil\u202c",
        "مرحبا",
        "🎬" * 40,
        "Z͑ͫ̓͑͛͌a̴l̵g̶o̷",
        "\ufeff\ufffe\uffff",
        "\u2028\u2029",
        "ﷺ",
        "İıſK",
        "\U0010ffff",
    ),
    *(
        "(9999)",
        "Film (2999)",
        "Film (1)",
        "genre:horror",
        "all",
        "untold",
        "other",
        "unknown",
        "Unknown",
        "US",
        "CON",
        "~",
    ),
)
_SURROGATES = ('"\\ud800"', '"\\udfff and more"', '"a\\ud83db"')  # schema-valid text, and no Unicode
_DAYS = ("0001-01-01", "1582-10-10", "1894-12-31", "1895-01-01", "1900-02-28", "1969-12-31", "1970-01-01", "9999-12-31")


def drawn(strategy: SearchStrategy[Fragment], count: int, number: int) -> list[Fragment]:
    """So many fragments of a strategy; the same for the same seed, which is `number`."""
    made: list[Fragment] = []

    @seed(number)
    @settings(max_examples=count, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(fragment: Fragment) -> None:
        made.append(fragment)

    collect()
    return made


def texts(least: int = 0) -> SearchStrategy[Fragment]:
    """Odd texts of `least` characters and more: markup of all kinds, controls, scripts of the world, and very long."""
    short = st.sampled_from(_TEXTS) | st.text(max_size=12)
    long = st.builds(_repeated, st.sampled_from([text for text in _TEXTS if text]), sizes())
    plain = (short | short | short | long).filter(lambda text: len(text) >= least)
    raw = plain.map(lambda text: json.dumps(text, ensure_ascii=False))
    return raw | raw | raw | plain.map(json.dumps) | st.sampled_from(_SURROGATES)


def sizes() -> SearchStrategy[int]:
    """Bytes of what is long: a hundred, some thousands, rarely as much as Kafka takes."""
    return st.sampled_from([100] * 12 + [300] * 12 + [5_000] * 8 + [70_000] + [LARGEST])


def reals() -> SearchStrategy[Fragment]:
    """Numbers at the ends of doubles, floats and what is plausible, and any others."""
    any_other = st.floats(allow_nan=False, allow_infinity=False).map(repr)
    return st.sampled_from(_REALS) | any_other


def wholes() -> SearchStrategy[Fragment]:
    """Whole numbers at the ends of 8 to 64 bits, beyond, and any others; JSON Schema takes 1e3 and 3.0 for whole."""
    return st.sampled_from(_WHOLES) | st.integers().map(str)


def days(now_ms: int) -> SearchStrategy[Fragment]:
    """Days at the calendar's ends, and those around a moment: yesterday, the next weeks, thirty years ahead."""
    today = date(1970, 1, 1) + timedelta(days=now_ms // DAY_MS)
    steps = st.integers(-40, 40) | st.sampled_from([-10_000, -366, 366, 365 * 29, 365 * 31])
    near = steps.map(lambda step: (today + timedelta(days=step)).isoformat())
    return (st.sampled_from(_DAYS) | near).map(json.dumps)


def moments(now_ms: int, clock_ms: int) -> SearchStrategy[Fragment]:
    """Milliseconds: the ends of what the models take, 1895, the epoch, the state's now, the clock's, a day ahead."""
    ends = (-(2**62), 2**62 - 1, -2_366_755_200_001, -2_366_755_200_000, -1, 0, 1, 253_402_300_800_000)
    edges = (
        *ends,
        now_ms,
        now_ms + 1,
        now_ms + DAY_MS,
        clock_ms,
        clock_ms + DAY_MS - 60_000,
        clock_ms + DAY_MS + 3_600_000,
    )
    return st.sampled_from(edges).map(str)


def lists(elements: SearchStrategy[Fragment]) -> SearchStrategy[Fragment]:
    """Arrays: empty, of one, of the same again, and of thousands that all differ."""
    few = st.lists(elements.filter(lambda element: len(element) < 1_000), max_size=4).map(_array)
    same = st.builds(lambda element, count: _array([element] * count), st.sampled_from(['""', '"same"']), _counts())
    differing = st.builds(lambda count: _array([f'"odd {number}"' for number in range(count)]), _counts())
    return few | few | same | differing


def _counts() -> SearchStrategy[int]:
    return st.sampled_from([30] * 4 + [1_000, 1_000, 5_000])


def _array(elements: list[Fragment]) -> Fragment:
    return f"[{','.join(elements)}]"


def _repeated(unit: str, size: int) -> str:
    return unit * max(1, size // len(json.dumps(unit, ensure_ascii=False).encode()))
