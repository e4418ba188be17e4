"""`python3 -m pipelines.setup`: makes this machine ready, or says what is missing and how to install it."""

import sys

_OLDEST = (3, 11)


def check_python() -> None:
    """End with a message if this Python is too old to import the other modules."""
    if sys.version_info < _OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(
            f"Cineloop needs Python 3.11 or newer, and {sys.executable} is {found}. "
            "If a newer one is installed, name it: make setup PYTHON=python3.11"
        )


def main() -> None:
    """Set this machine up: do each step that is not done yet; a second set-up at the same time waits for the first."""
    import fcntl

    from pipelines.setup import environment, jars, java
    from pipelines.setup.command import SETUP, SetupError

    SETUP.mkdir(exist_ok=True)
    with (SETUP / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            java.ensure()
            environment.ensure()
            jars.ensure()
        except SetupError as error:
            sys.exit(f"cineloop set-up: {error}")


if __name__ == "__main__":
    check_python()
    main()
