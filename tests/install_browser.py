"""The headless browser for the browser tests: installed if possible, else those tests are skipped."""

import shutil

from pipelines.setup import apt
from pipelines.setup.command import SetupError, say, step

_COMMANDS = ("chromium", "chromedriver")


def ensure() -> None:
    """Install Chromium and its driver if they are missing; without them only a message is printed."""
    if all(map(shutil.which, _COMMANDS)):
        return
    if not apt.can_install():
        say("  - no Chromium with chromedriver on the path: the browser tests will be skipped")
        return
    try:
        with step("Chromium for the browser tests, by apt"):
            apt.install(("chromium", "chromium-driver"))
    except SetupError as error:
        say(f"  - Chromium could not be installed, the browser tests will be skipped: {error}")


if __name__ == "__main__":
    ensure()
