"""What an event may say and be believed: the bounds that the lake and the serving app both judge by."""

EARLIEST_MS = -2_366_755_200_000  # 1895-01-01: no film is older
AHEAD_MS = 24 * 60 * 60 * 1000  # a source's clock may be a day ahead of the broker's
BOUNDS = {"rating": (0.5, 5.0), "fraction": (0.0, 1.0), "propensity": (0.0, 1.0)}
UNKNOWN_FILM = "unknown film"  # the lake's reason while nobody has described the film of an event
MOST_A_DAY = 1e9  # US dollars of one film: several times what any has taken
