"""What an event may say and be believed: the bounds that the lake and the serving app both judge by."""

from datetime import UTC, datetime

_EARLIEST = datetime(1895, 1, 1, tzinfo=UTC)  # no film is older
EARLIEST_DAY, EARLIEST_MS = _EARLIEST.date(), round(_EARLIEST.timestamp() * 1000)
ANNOUNCED_YEARS = 30  # no film is announced longer before it comes out
DAY_MS = 24 * 60 * 60 * 1000
AHEAD_MS = DAY_MS  # a source's clock may be a day ahead of the broker's, and a cinema's day ahead of UTC's
BOUNDS = {"rating": (0.5, 5.0), "fraction": (0.0, 1.0), "propensity": (0.0, 1.0)}
UNKNOWN_FILM = "unknown film"  # the lake's reason while nobody has described the film of an event
MOST_A_DAY = 1e9  # US dollars of one film: several times what any has taken
