"""Teaches a network to predict the next token, from wherever an earlier run was killed."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import PreTrainedModel

from models.scripts.muon import Muon
from models.scripts.windows import UNSEEN, Stream
from models.training.adamw import AdamW
from models.training.device import to_train
from models.training.journal import Journal, recipe_of
from models.training.learning_rate import learning_rate
from models.training.one_thread import one_thread
from models.training.torch_seed import own_chance

_WARM_UP = 0.03  # of the training
_STEEPEST = 1.0  # norm of a step's gradient
_KEPT_EVERY = 50  # steps

Optimizers = tuple[Muon, AdamW]


@dataclass(frozen=True)
class Plan:
    """How long and how fast to learn."""

    steps: int
    batch: int  # windows a step
    context: int
    rate: float  # at its peak
    decay: float
    seed: int


def train(network: PreTrainedModel, stream: Stream, plan: Plan, journal: Journal, name: str) -> list[float]:
    """Train `network` in place; returns the loss of each step, nats a token.

    All chance of a step hangs on the seed and its number: a training that goes on from the journal's last state has the
    losses that it would have had (on a card, which sums in no fixed order, nearly).

    Raises:
        NoDevice: torch does not reach the device that is asked for.
    """
    with to_train(network):
        return _trained(network, stream, plan, journal, name)


@torch.no_grad()
def mean_loss(network: PreTrainedModel, tokens: list[int], context: int, batch: int = 16) -> float:
    """The mean loss over a text, nats a token, in windows of `context` side by side; its first token is given."""
    ends = range(context, len(tokens), context)
    whole = [(tokens[end - context : end], tokens[end - context + 1 : end + 1]) for end in ends]
    rest = tokens[len(whole) * context :]
    batches = [whole[at : at + batch] for at in range(0, len(whole), batch)]
    batches += [[(rest[:-1], rest[1:])]] if len(rest) > 1 else []
    total = 0.0
    with one_thread():
        for windows in batches:
            here, following = (torch.tensor(part) for part in zip(*windows, strict=True))
            total += _loss(network, here, following, "sum").item()
    return total / (len(tokens) - 1)


def _trained(network: PreTrainedModel, stream: Stream, plan: Plan, journal: Journal, name: str) -> list[float]:
    optimizers = _optimizers(network, plan.decay)
    recipe = recipe_of(asdict(plan), stream.tokens, *_arrays(network).values())
    done, state = journal.kept(recipe) or (0, {})
    if done:
        _restore(network, optimizers, state)
    losses = state.get("losses", np.array([])).tolist()
    network.train()
    for step in range(done, plan.steps):
        losses.append(_step(network, optimizers, stream, plan, step))
        if (step + 1) % _KEPT_EVERY == 0 or step + 1 == plan.steps:
            journal.keep(recipe, step + 1, {**_state(network, optimizers), "losses": np.array(losses)})
            journal.tell(name, step + 1, plan.steps, float(np.mean(losses[-_KEPT_EVERY:])))
    network.eval()
    return losses


def _step(network: PreTrainedModel, optimizers: Optimizers, stream: Stream, plan: Plan, step: int) -> float:
    windows = stream.windows(plan.batch, plan.context, np.random.default_rng([plan.seed, step]))
    here, following = (torch.from_numpy(part).to(network.device) for part in windows)
    with own_chance(plan.seed + 1 + step), one_thread():
        loss = _loss(network, here, following)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), _STEEPEST)
        for optimizer in optimizers:
            optimizer.step(learning_rate(plan.rate, step / plan.steps, _WARM_UP))
    return loss.item()


def _loss(network: PreTrainedModel, here: Tensor, following: Tensor, reduction: str = "mean") -> Tensor:
    """Cross-entropy in nats; both (n, length)."""
    logits = network(input_ids=here, use_cache=False).logits
    return F.cross_entropy(logits.flatten(0, 1), following.flatten(), ignore_index=UNSEEN, reduction=reduction)


def _arrays(network: PreTrainedModel) -> dict[str, np.ndarray]:
    return {name: each.detach().cpu().numpy() for name, each in network.state_dict().items()}


def _optimizers(network: PreTrainedModel, decay: float) -> Optimizers:
    """Matrices of the blocks by one, vectors and what is looked up or comes out by the other."""
    named = {name: each for name, each in network.named_parameters() if each.requires_grad}
    inside = {id(layer.weight) for layer in network.base_model.modules() if isinstance(layer, nn.Linear)}
    matrices = {name: each for name, each in named.items() if id(each) in inside}
    return Muon(matrices, decay), AdamW({name: each for name, each in named.items() if name not in matrices}, decay)


def _state(network: PreTrainedModel, optimizers: Optimizers) -> dict[str, np.ndarray]:
    """All that a training needs to go on, as arrays."""
    return {f"network/{name}": array for name, array in _arrays(network).items()} | {
        name: moment.cpu().numpy() for name, moment in _moments(optimizers)
    }


def _restore(network: PreTrainedModel, optimizers: Optimizers, state: dict[str, np.ndarray]) -> None:
    """Put the network and the optimizers back to where `_state` found them."""
    network.load_state_dict({name: torch.from_numpy(state[f"network/{name}"]) for name in network.state_dict()})
    for name, moment in _moments(optimizers):
        moment.copy_(torch.from_numpy(state[name]))
    optimizers[1].steps = len(state["losses"])


def _moments(optimizers: Optimizers) -> Iterator[tuple[str, Tensor]]:
    for optimizer in optimizers:
        for name, moments in optimizer.moments.items():
            yield from ((f"moment-{number}/{name}", moment) for number, moment in enumerate(moments))
