"""How far a training is, line by line."""


def tell(what: str, done: int, total: int, loss: float) -> None:
    """An epoch or a step more."""
    print(f"{what}: {done} of {total}, loss {loss:.4f}", flush=True)
