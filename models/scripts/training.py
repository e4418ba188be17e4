"""Trains a network to predict the next token; a killed training is resumed."""

from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import AdamW, Muon, Optimizer
from transformers import PreTrainedModel

from models.scripts.windows import UNSEEN, Stream
from models.training.determinism import one_thread, seeded
from models.training.device import to_train
from models.training.journal import Journal, recipe_of
from models.training.optimisers import network_arrays, rate_at, restore, step, training_state

_WARM_UP = 0.03  # of the training
_STEEPEST = 1.0  # norm of a step's gradient
_KEPT_EVERY = 50  # steps

Optimisers = dict[str, Optimizer]


@dataclass(frozen=True)
class TrainingPlan:
    """How long and how fast to learn."""

    steps: int
    batch: int  # windows a step
    context: int
    rate: float  # at its peak
    decay: float
    seed: int


def train(network: PreTrainedModel, stream: Stream, plan: TrainingPlan, journal: Journal, name: str) -> list[float]:
    """Train `network` in place, and keep its states in the journal; returns each step's loss in nats a token.

    A step's random draws depend on the seed and its number alone: a training resumed from the journal's last state has
    the losses that it would have had (nearly, on a graphics card, which sums in no fixed order).

    Raises:
        NoDevice: torch does not reach the device that is asked for.
    """
    with to_train(network):
        return _train_or_resume(network, stream, plan, journal, name)


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


def _train_or_resume(
    network: PreTrainedModel, stream: Stream, plan: TrainingPlan, journal: Journal, name: str
) -> list[float]:
    """Train `network` in place, from the last state that the journal keeps on; returns the losses."""
    optimisers = _optimisers(network, plan.decay)
    recipe = recipe_of(asdict(plan), stream.tokens, *network_arrays(network).values())
    done, state = journal.kept(recipe) or (0, {})
    if done:
        restore(network, optimisers, state)
    losses: list[float] = state.get("losses", np.array([])).tolist()
    network.train()
    for number in range(done, plan.steps):
        losses.append(_take_optimiser_step(network, optimisers, stream, plan, number))
        if (number + 1) % _KEPT_EVERY == 0 or number + 1 == plan.steps:
            journal.keep(recipe, number + 1, {**training_state(network, optimisers), "losses": np.array(losses)})
            journal.tell(name, number + 1, plan.steps, float(np.mean(losses[-_KEPT_EVERY:])))
    network.eval()
    return losses


def _take_optimiser_step(
    network: PreTrainedModel, optimisers: Optimisers, stream: Stream, plan: TrainingPlan, number: int
) -> float:
    """Train one step, on windows and with chance that depend on its number; returns the loss in nats."""
    windows = stream.windows(plan.batch, plan.context, np.random.default_rng([plan.seed, number]))
    here, following = (torch.from_numpy(part).to(network.device) for part in windows)
    with seeded(plan.seed + 1 + number), one_thread():
        loss = _loss(network, here, following)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), _STEEPEST)
        step(optimisers, rate_at(plan.rate, number / plan.steps, _WARM_UP))
    return loss.item()


def _loss(network: PreTrainedModel, here: Tensor, following: Tensor, reduction: str = "mean") -> Tensor:
    """The cross-entropy in nats of predicting `following` after `here`; both (n, length)."""
    logits = network(input_ids=here, use_cache=False).logits
    return F.cross_entropy(logits.flatten(0, 1), following.flatten(), ignore_index=UNSEEN, reduction=reduction)


def _optimisers(network: PreTrainedModel, decay: float) -> Optimisers:
    """New optimisers: Muon (Jordan and others 2024) for matrices inside the blocks, AdamW for all else.

    Muon's steps are sized as AdamW's are, so that both take the same rate (Liu and others 2025).
    """
    trained = [each for each in network.parameters() if each.requires_grad]
    inside = {id(layer.weight) for layer in network.base_model.modules() if isinstance(layer, nn.Linear)}
    matrices, others = ([each for each in trained if (id(each) in inside) == wanted] for wanted in (True, False))
    muon = Muon(matrices, weight_decay=decay, adjust_lr_fn="match_rms_adamw")
    return {"muon": muon, "adamw": AdamW(others, weight_decay=decay)}
