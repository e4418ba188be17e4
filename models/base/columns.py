"""The names of the columns that models read and write. Frames are long: one row a fact, sorted by time."""

VIEWER = "viewer_id"
FILM = "film_id"
AT = "occurred_at"  # UTC milliseconds, int64
STRENGTH = "strength"  # how much an interaction says of taste, > 0
SCORE = "score"
RANK = "rank"  # from 1

TITLE = "title"
GENRES = "genres"  # a list of names
PEOPLE = "people"  # a list of names
YEAR = "year"  # of release, a number or missing
OVERVIEW = "overview"  # what the film is about, in prose

DATE = "date"  # datetime64[ns], midnight
GROSS = "gross"  # US dollars of one day
HORIZON = "horizon"  # days after the origin, from 1
QUANTILES = ("q10", "q50", "q90")

INTERACTIONS = (VIEWER, FILM, AT, STRENGTH)
FILMS = (FILM, TITLE, GENRES, PEOPLE, YEAR, OVERVIEW)
RECOMMENDATIONS = (VIEWER, FILM, SCORE, RANK)
FORECASTS = (FILM, DATE, HORIZON, *QUANTILES)
