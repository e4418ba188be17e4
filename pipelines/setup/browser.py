"""The headless browser of one test: installed where it may be, else that test is skipped with a sentence."""

import shutil

from pipelines.setup.command import say, step
from pipelines.setup.errors import SetupError
from pipelines.setup.system_packages import can_install, install

_COMMANDS = ("chromium", "chromedriver")


def ensure() -> None:
    """Have Chromium and its driver if they are to be had; the tests do without them otherwise."""
    if all(map(shutil.which, _COMMANDS)):
        return
    if not can_install():
        say("  - no Chromium with chromedriver on the path: the browser test will be skipped")
        return
    try:
        with step("Chromium for the browser test, by apt"):
            install([("chromium", "chromium-driver")])
    except SetupError as error:
        say(f"  - Chromium could not be installed, the browser test will be skipped: {error}")


if __name__ == "__main__":
    ensure()
