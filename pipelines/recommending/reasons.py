"""Why a film is in a slate, in words: the same for a cycle and for the serving app."""

from collections.abc import Iterable, Mapping, Sequence

from models.base.columns import FILM
from models.recommenders.protocol import Recommender
from pipelines.lake import sequences
from pipelines.recommending.policy import Choice
from streaming.serving.histories.viewer_history import ViewerKnowledge

NO_MODEL = "no model serves yet: all films are equal"
EXPLORED = "explored: shown to learn whether it is liked"
NEWCOMER = "liked by many: you are new here"
_NAMED = 2  # films of the viewer's history


def reasons(
    model: Recommender | None, choices: Sequence[Choice], known: ViewerKnowledge, titles: Mapping[str, str]
) -> list[str]:
    """One sentence for each film of a slate, in its order: why it is there.

    Args:
        model: the model that ranked it; None where none serves.
        known: the history that it was ranked from.
        titles: film_id → title.
    """
    if model is None:
        return [NO_MODEL] * len(choices)
    ranked = [choice.film_id for choice in choices if not choice.explored]
    if not known.interactions:
        of_ranked = dict.fromkeys(ranked, NEWCOMER)
    else:
        taken = {entry.film_id: entry.action for entry in known.interactions}
        deeds = {film: f"{deed} {titles.get(film, film)}" for film, deed in taken.items()}
        spoken = model.explain_each(sequences.of_one(known), ranked, _NAMED) if ranked else []
        of_ranked = {
            film: _because(deeds[each] for each in frame[FILM]) if len(frame) else f"ranked by {model.name}"
            for film, frame in zip(ranked, spoken, strict=True)
        }
    return [of_ranked.get(choice.film_id, EXPLORED) for choice in choices]


def _because(deeds: Iterable[str]) -> str:
    """The sentence that names what the viewer did with earlier films, the strongest reason first."""
    return f"because you {' and '.join(deeds)}"
