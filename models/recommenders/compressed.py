"""A fitted recommender in fewer bytes, for serving."""

from collections.abc import Iterator

from models.recommenders.blend import Blend
from models.recommenders.catalogue import CatalogueRecommender
from models.recommenders.exports.sequence_int8 import Int8SequenceEncoder
from models.recommenders.protocol import Recommender
from models.recommenders.sequence import SequenceEncoder


def compressed(model: Recommender) -> CatalogueRecommender | None:
    """A copy in which each sequence encoder, the model itself or a part of it, is int8; None where there is none.

    The model stays as it is. Its copy recommends and explains, is saved and loaded, and cannot be fitted; it shares
    the other parts, and is to be made anew when these have learned more.
    """
    if isinstance(model, SequenceEncoder):
        return Int8SequenceEncoder.of(model)
    if isinstance(model, Blend):
        forms = [compressed(part) for part in model.parts]
        if any(forms):
            return model.of_parts(tuple(form or part for form, part in zip(forms, model.parts, strict=True)))
    return None


def bytes_ratio(model: Recommender) -> float:
    """Bytes of what a compressed model holds as int8, to those of the same in float32."""
    encoders = list(_encoders(model))
    return sum(each.bytes for each in encoders) / sum(each.bytes_in_float32 for each in encoders)


def _encoders(model: Recommender) -> Iterator[Int8SequenceEncoder]:
    if isinstance(model, Int8SequenceEncoder):
        yield model
    for part in model.parts if isinstance(model, Blend) else ():
        yield from _encoders(part)
