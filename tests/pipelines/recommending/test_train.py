"""Which member becomes the candidate of a cycle."""

from pipelines.recommending.train import preferred


def _compared(**ndcg: float) -> dict[str, dict[str, float]]:
    return {name: {"ndcg@10": value, "error": 0.02} for name, value in ndcg.items()}


def test_a_part_that_may_be_better_by_chance_gives_way_to_what_is_made_of_all() -> None:
    assert preferred(_compared(composition=0.095, sequence=0.13, blend=0.12, als=0.05)) == "composition"


def test_a_member_that_is_clearly_better_is_preferred() -> None:
    assert preferred(_compared(composition=0.08, sequence=0.13, ease=0.12, blend=0.085)) == "sequence"
