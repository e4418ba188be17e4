"""Word lists that guess of a text where and when it plays, and in which tone."""

import re
from collections.abc import Collection

_INSIDE = (
    *("house", "room", "chamber", "castle", "palace", "prison", "church", "hall", "theatre", "office", "school"),
    *("hotel", "hospital", "apartment", "bar", "court", "tower", "kitchen", "home", "club", "bank", "station"),
    *("ship", "train"),
)
_OUTSIDE = (
    *("street", "city", "town", "village", "forest", "wood", "field", "garden", "sea", "island", "road", "beach"),
    *("camp", "desert", "mountain", "river", "park", "farm", "planet", "battle", "border", "jungle", "harbour"),
    *("coast",),
)
_NIGHT = ("night", "midnight", "moon", "dark", "darkness", "stars", "sleep")
LIGHT_GENRES = frozenset({"Comedy", "Family", "Animation", "Musical", "Music", "Romance"})
DARK_GENRES = frozenset({"Horror", "Thriller", "Crime", "War", "Mystery", "Film-Noir"})
_LIGHT_WORDS = ("love", "merry", "laugh", "jest", "sweet", "fair", "dance", "music", "kiss", "joy", "dear", "happy")
_DARK_WORDS = ("death", "dead", "blood", "kill", "murder", "grave", "war", "sword", "weep", "tears", "die", "hate")


def heading(text: str) -> str:
    """A scene heading: the first place that the text names (a room, where it names none), at night if it says so."""
    words = _words(text)
    place = next((word for word in words if word in _INSIDE or word in _OUTSIDE), "room")
    where = "EXT" if place in _OUTSIDE else "INT"
    return f"{where}. {place.upper()} - {'NIGHT' if set(words) & set(_NIGHT) else 'DAY'}"


def tone_of_genres(genres: Collection[str]) -> str:
    """Dark if a genre is, else light if one is, else serious."""
    return _tone(any(name in DARK_GENRES for name in genres), any(name in LIGHT_GENRES for name in genres))


def tone_of_words(text: str) -> str:
    """Dark or light by which of two lists of a dozen words stand in the text more often, serious if neither."""
    words = _words(text)
    dark, light = (sum(word in some for word in words) for some in (_DARK_WORDS, _LIGHT_WORDS))
    return _tone(dark > light, light > dark)


def _tone(dark: bool, light: bool) -> str:
    """Dark, light or serious; dark wins."""
    return "dark" if dark else "light" if light else "serious"


def _words(text: str) -> list[str]:
    """The words of a text, in small letters."""
    return re.findall(r"[a-z]+", text.lower())
