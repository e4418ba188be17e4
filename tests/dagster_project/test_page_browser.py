"""The web page over a loop that has turned twice, in a real browser: the whole story, and all of it green."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from dagster_project.definitions import definitions
from pipelines.lake.expectations import GUARDED
from pipelines.platform import processes
from pipelines.platform.state import State

pytestmark = [pytest.mark.browser, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def page(turned: Path) -> Iterator[str]:
    with processes.web_page(State.at(turned), free_port()) as address:
        port = int(address.rpartition(":")[2])
        wait_until(lambda: socket.socket().connect_ex((processes.WEB_HOST, port)) == 0)
        yield address


def test_every_asset_is_described_and_was_made(browser: Chrome, page: str) -> None:
    graph = definitions.resolve_asset_graph()
    made = [key.to_user_string() for key in definitions.resolve_job_def("cycle").asset_layer.executable_asset_keys]
    browser.set_window_size(1600, 6000)  # the page draws only the rows that fit
    browser.get(f"{page}/assets")
    shown = text_with(browser, lambda text: text.count("\nMaterialized\n") == len(made))
    assert [name for name in made if name not in shown] == []
    assert [key for key in graph.get_all_asset_keys() if (graph.get(key).description or "") not in shown] == []


@pytest.mark.parametrize("asset", [*(guarded.asset for guarded in GUARDED), "quarantine"])
def test_every_check_is_green(browser: Chrome, page: str, asset: str) -> None:
    browser.get(f"{page}/assets/{asset}?view=checks")
    assert "Checks (1)" in text_with(browser, lambda text: "\nSucceeded" in text)


def test_the_sensors_and_the_schedule_are_on(browser: Chrome, page: str) -> None:
    browser.get(f"{page}/automation")
    text_with(browser, lambda text: all(part in text for part in ("topic_lag", "orphaned_runs", "daily", "04:00 AM")))
    WebDriverWait(browser, 60).until(lambda page: switched_on(page) == 3, message="not all are switched on")


def switched_on(browser: Chrome) -> int:
    """How many switches stand on; those that choose rows for an action stand off."""
    found = browser.execute_script("return [...document.querySelectorAll('input[type=checkbox]')].map(s => s.checked)")  # type: ignore[no-untyped-call]
    return sum(found)


def text_with(browser: Chrome, holds: Callable[[str], bool]) -> str:
    """The page's text once it is as wanted; what it is after a minute otherwise."""

    def shown(_: Chrome) -> str | None:
        text = str(browser.execute_script("return document.body.innerText"))  # type: ignore[no-untyped-call]
        return text if holds(text) else None

    return str(WebDriverWait(browser, 60).until(shown, message=f"{browser.current_url} never showed it"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((processes.WEB_HOST, 0))
        return int(probe.getsockname()[1])


def wait_until(holds: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.3)
