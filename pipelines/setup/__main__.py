"""`python3 -m pipelines.setup`: makes this machine ready, or says what it lacks and how to get it."""

import sys

_OLDEST = (3, 11)


def check_python() -> None:
    """End with a sentence on a Python too old to read the rest: so nothing else is imported yet."""
    if sys.version_info < _OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(
            f"Cineloop needs Python 3.11 or newer, and {sys.executable} is {found}. "
            "Where there is a newer one, name it: make setup PYTHON=python3.11"
        )


def main() -> None:
    """Do every step that is not done yet."""
    from pipelines.setup.errors import SetupError
    from pipelines.setup.steps import make_ready

    try:
        make_ready()
    except SetupError as error:
        sys.exit(f"cineloop set-up: {error}")


if __name__ == "__main__":
    check_python()
    main()
