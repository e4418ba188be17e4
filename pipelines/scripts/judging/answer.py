"""What the verb `script judge` asks: a script's appeal by segment, its scores, and the passages that carry them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from models.judging import style
from models.judging.judges import Judges
from models.judging.sentiment import Sentiment
from models.screenplay.reading import Scene, Script
from pipelines.lake import delta
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingServes
from pipelines.scripts.judging.train import JUDGE, SENTIMENT

FloatArray = npt.NDArray[np.float64]
Scenes = Sequence[Scene]
Part = TypeVar("Part")
_AT_ONCE = 64  # versions of a script: each is a whole one
_SIMILAR, _CARRIERS, _SHOWN = 5, 3, 90  # films; scenes that carry a score; letters of a passage
_WORDS_A_PAGE = 180  # of screenplay, which plays about a minute
_STYLE: dict[str, Callable[[Scenes], float]] = {
    "pace": style.pace,
    "dialogue": style.spoken,
    "balance": style.balance,
    "readability": style.readability,
}


@dataclass(frozen=True)
class ScriptAnswer:
    """A script's judgement: facts, and rows of segments, scenes, scores and similar films.

    Rows of segments, scores and films have `carried_by`: scenes, the strongest first, with what each adds to the
    value, and the passage of it that adds most.
    """

    facts: dict[str, Any]
    appeal: list[dict[str, Any]]
    scenes: list[dict[str, Any]]
    scores: list[dict[str, Any]]
    similar: list[dict[str, Any]]


@dataclass(frozen=True)
class ServingJudges:
    """The judges and the sentiment model (None before one was learned) that serve, and the names of their versions."""

    judges: Judges
    sentiment: Sentiment | None
    versions: dict[str, str | None]


def serving_judges(context: Context) -> ServingJudges:
    """Load from the registry the judges and sentiment model that serve; raises NothingServes while no judge does."""
    judging = context.registry.loaded(JUDGE, Judges.load)
    if judging is None:
        raise NothingServes(
            f"no judge of scripts serves in {context.state.root}: a cycle of `cineloop run --once` teaches one, where "
            "eighty films were described and taken up"
        )
    (version, judges), heard = judging, context.registry.loaded(SENTIMENT, Sentiment.load)
    return ServingJudges(
        judges,
        heard[1] if heard else None,
        {JUDGE: version.name, SENTIMENT: heard[0].name if heard else None},
    )


def judge_script(script: Script, by: ServingJudges) -> ScriptAnswer:
    """Everything that the serving judges say of a script."""
    similar = by.judges.film_index.nearest(script.prose, _SIMILAR)
    scorer = _Scorer(by, [int(place) for place in similar.index])
    rows = scorer.rows(list(script.scenes))
    count = len(by.judges.first.segments)
    appeal, scores, alike = rows[:count], rows[count : len(rows) - len(similar)], rows[len(rows) - len(similar) :]
    predicted = by.judges.first.predict([[scene.prose for scene in script.scenes]])
    sure = zip(by.judges.first.segments, predicted.low[0], predicted.high[0], strict=True)
    return ScriptAnswer(
        _facts(script, by),
        [
            {"segment": name, "appeal": row["value"], "low": low, "high": high, "carried_by": row["carried_by"]}
            for (name, low, high), row in zip(sure, appeal, strict=True)
        ],
        _curve(script, by),
        scores,
        [{**film, "carried_by": row["carried_by"]} for film, row in zip(delta.records(similar), alike, strict=True)],
    )


@dataclass(frozen=True)
class _Scorer:
    """Scores of versions of a script: appeal by segment, style, sentiment, similarity to films."""

    by: ServingJudges
    films: list[int]  # their rows in the film index

    @property
    def names(self) -> list[str]:
        """The names of all scores, in the order of the columns of `score`."""
        heard = ["sentiment"] if self.by.sentiment else []
        return [*self.by.judges.first.segments, *_STYLE, *heard, *map(str, self.films)]

    def score(self, versions: Iterable[Scenes]) -> FloatArray:
        """Score each version of the script by all scores: an array (versions, names), some versions at a time."""
        left = iter(versions)
        return np.vstack([self._features_of_versions(some) for some in iter(lambda: list(islice(left, _AT_ONCE)), [])])

    def _features_of_versions(self, versions: Sequence[Scenes]) -> FloatArray:
        """The same as `score`, for versions few enough to be scored at once."""
        columns = [self.by.judges.first.predict([[scene.prose for scene in each] for each in versions]).mean]
        columns.append(np.array([[count(each) for count in _STYLE.values()] for each in versions]))
        if self.by.sentiment:
            columns.append(np.array([[_mean_tone(self.by.sentiment, each)] for each in versions]))
        texts = ["\n".join(scene.prose for scene in each) for each in versions]
        return np.column_stack([*columns, self.by.judges.film_index.likeness(texts)[:, self.films]])

    def rows(self, scenes: list[Scene]) -> list[dict[str, Any]]:
        """A row a score: its value, and the scenes that contribute most to it."""
        made = self.score(without_each(scenes) if len(scenes) > 1 else [scenes])
        adds = made[:1] - made[1:] if len(scenes) > 1 else made[:1]
        tops = [strongest(column, _CARRIERS) for column in adds.T]
        inner = {place: self._passages(scenes, place, made[0]) for place in sorted({p for top in tops for p in top})}
        return [
            {
                "score": name,
                "value": _plain(made[0, column]),
                "carried_by": [_carrier(scenes, place, adds[place, column], inner[place][column]) for place in top],
            }
            for column, (name, top) in enumerate(zip(self.names, tops, strict=True))
        ]

    def _passages(self, scenes: list[Scene], place: int, whole: FloatArray) -> list[tuple[str, float] | None]:
        """Of a scene, the passage that moves each score most, and by how much; None where none does."""
        scene = scenes[place]
        cut = [
            replace(scene, passages=(*scene.passages[:i], *scene.passages[i + 1 :])) for i in range(len(scene.passages))
        ]
        if not cut:
            return [None] * len(whole)
        adds = whole - self.score([[*scenes[:place], each, *scenes[place + 1 :]] for each in cut])
        best = [strongest(column, 1) for column in adds.T]
        return [
            (_short(scene.passages[top[0]].text), float(adds[top[0], column])) if top else None
            for column, top in enumerate(best)
        ]


def without_each(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """All parts, and then all without each of them."""
    yield list(parts)
    yield from ([*parts[:place], *parts[place + 1 :]] for place in range(len(parts)))


def strongest(adds: FloatArray, count: int) -> list[int]:
    """The places of the parts that move a score most, either way, the strongest first; NaN moves nothing."""
    size = np.nan_to_num(np.abs(adds))
    return [int(place) for place in np.argsort(-size, kind="stable")[:count] if size[place] > 0]


def _carrier(scenes: list[Scene], place: int, adds: float, passage: tuple[str, float] | None) -> dict[str, Any]:
    """A scene that carries a score, as a row: what it adds, and the passage that adds most."""
    text, share = passage or (None, None)
    where = {"scene": place + 1, "heading": scenes[place].heading, "adds": _plain(adds)}
    return {**where, "passage": text, "passage_adds": share}


def _curve(script: Script, by: ServingJudges) -> list[dict[str, Any]]:
    """A row a scene: its words, likeliest genre, share of dialogue and sentiment."""
    genres = by.judges.first.reader.genres
    read = by.judges.first.read_genres([[scene.prose] for scene in script.scenes])
    return [
        {
            "scene": place + 1,
            "heading": scene.heading,
            "words": scene.words,
            "genre": genres[int(likely.argmax())] if genres else None,
            "dialogue": _plain(style.spoken([scene])),
            "sentiment": None if by.sentiment is None else _plain(_tone(by.sentiment, scene.prose)),
        }
        for place, (scene, likely) in enumerate(zip(script.scenes, read, strict=True))
    ]


def _mean_tone(sentiment: Sentiment, scenes: Scenes) -> float:
    """The mean sentiment (log odds) over the scenes that have words."""
    tones = [_tone(sentiment, scene.prose) for scene in scenes if scene.words]
    return float(np.mean(tones)) if tones else np.nan


@lru_cache(maxsize=8192)
def _tone(sentiment: Sentiment, prose: str) -> float:
    """The mean sentiment (log odds) of the sentences of prose, cached; NaN where there are none."""
    told = style.sentences(prose)
    return float(sentiment.log_odds(told).mean()) if told else np.nan


def _facts(script: Script, by: ServingJudges) -> dict[str, Any]:
    """Facts of a script: scenes, words, pages, characters, genres read from it, and the judges' versions."""
    words = sum(scene.words for scene in script.scenes)
    reader = by.judges.first
    read = reader.read_genres([[scene.prose for scene in script.scenes]])[0]
    likely = sorted(zip(read.tolist(), reader.reader.genres, strict=True), reverse=True)[:3]
    return {
        "scenes": len(script.scenes),
        "words": words,
        "pages": round(words / _WORDS_A_PAGE, 1),
        "characters": style.cast(script.scenes)[:10],
        "genres_read": [{"genre": name, "share": share} for share, name in likely],
        **{f"{family}_version": name for family, name in by.versions.items()},
        "sentiment_note": None if by.sentiment else "`cineloop evaluate judges --content DIR --keep` teaches it",
    }


def _short(text: str) -> str:
    """The text, cut to so many characters that it can be shown."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _plain(value: float) -> float | None:
    """The number as a float; None where it is not finite, since JSON has no NaN."""
    return float(value) if np.isfinite(value) else None
