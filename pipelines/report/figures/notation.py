"""How numbers are written for people; a dash where there is none."""

from collections.abc import Callable

DASH = "–"
_THIN = "\u202f"


def percent(value: float | None) -> str:
    """0.1234 → "12.3 %"."""
    return DASH if value is None else f"{100 * value:.1f}{_THIN}%"


def decimal(value: float | None) -> str:
    """0.12345 → "0.123"."""
    return DASH if value is None else f"{value:.3f}"


def count(value: float | None) -> str:
    """1234567 → "1,234,567"."""
    return DASH if value is None else f"{value:,.0f}"


def seconds(value: float | None) -> str:
    """12.345 → "12.3"."""
    return DASH if value is None else f"{value:,.1f}"


KINDS: dict[str, Callable[[float | None], str]] = {
    "percent": percent,
    "decimal": decimal,
    "count": count,
    "seconds": seconds,
}


def dollars(value: float) -> str:
    """1234567 → "$1.2M", short enough for an axis."""
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= size:
            return f"${value / size:.3g}{unit}"
    return f"${value:.3g}"


def change(value: float | None, reference: float | None) -> str | None:
    """How far `value` is from `reference`, in percent of it: "+34 %"; None where there is nothing to tell."""
    if value is None or not reference:
        return None
    shift = round(100 * (value - reference) / abs(reference))
    return f"{shift:+d}{_THIN}%".replace("-", "−") if shift else None
