"""Fixtures that all areas share: the real parts, each started once a session and only where a test asks."""

import os
import shutil
import signal
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psutil
import pytest
from filelock import FileLock
from hypothesis import settings
from pyspark.sql import SparkSession
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from jobs.lake import Lake
from jobs.session import spark_session
from streaming.broker.node import EmbeddedBroker
from streaming.kafka.admin import ensure_topics
from tests.commands import cineloop

_REPOSITORY = Path(__file__).resolve().parent.parent
_CHROMIUM = Path("/usr/bin/chromium")
_FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

os.environ.setdefault("CINELOOP_QUERIES", "interpreted")  # tests are of many queries over few rows
# A shell's background jobs start with it ignored. Dagster lets SIGTERM do what SIGINT does, a broker would inherit it,
# and each of its stops would take as long as a stop may.
signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("busy", deadline=None)  # a slow moment of the machine is no failure
settings.load_profile("busy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First the file that turns the loop for all, then those that turn one of their own; last what needs the first.

    Turning takes minutes, in which other processes go through all that does without.
    """
    needing = [item.path for item in items if "turned" in getattr(item, "fixturenames", ())]

    def place(item: pytest.Item) -> int:
        if item.path in needing:
            return 0 if item.path == needing[0] else 3
        return 1 if item.get_closest_marker("turns") else 2

    items.sort(key=place)


class _SparkTogether(LoadFileScheduling):
    """Each file is one process's work; those that want Spark are one work, for each process would warm its own up."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "spark" if _wants_spark(file) else file


@cache
def _wants_spark(file: str) -> bool:
    text = (_REPOSITORY / file).read_text()
    return "spark: SparkSession" in text or "same_as_undisturbed: str" in text


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    return _SparkTogether(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    """A real Kafka with our topics. All tests share them: read from where they ended when yours began."""
    with EmbeddedBroker(tmp_path_factory.mktemp("kafka") / "broker") as running:
        ensure_topics(running.bootstrap)
        yield running


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets: CINELOOP_TEST_DATA, by default `shared/data` beside the repository."""
    folder = Path(os.environ.get("CINELOOP_TEST_DATA", _REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set CINELOOP_TEST_DATA to the folder that holds ml-1m and boxoffice")
    return folder


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """A real Spark session with Delta, one for all tests."""
    session = spark_session("tests")
    yield session
    session.stop()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake."""
    return Lake(str(tmp_path / "lake"), str(tmp_path / "checkpoints"))


@pytest.fixture(scope="session")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder after two cycles of the audience with seed 7: made once, whichever process asks first."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    state, whole = shared / "turned", shared / "turned.whole"
    with FileLock(shared / "turned.lock"):
        if not whole.exists():
            cineloop("run", "--once", "--cycles", "2", "--seed", "7", "--state", str(state))
            whole.write_text("\n".join(_running_on(state)))
    return state


def _running_on(state: Path) -> list[str]:
    """The command lines that name a state folder."""
    lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    return [line for line in lines if str(state) in line]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A headless Chromium that keeps what its pages complain of."""
    driver = shutil.which("chromedriver")
    if driver is None or not _CHROMIUM.exists():
        pytest.skip("no Chromium with its driver here: apt-get install chromium chromium-driver")
    options = ChromeOptions()
    options.binary_location = str(_CHROMIUM)
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium's sandbox refuses root
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options=options, service=Service(driver))
    yield chrome
    chrome.quit()
