"""The page in a real browser, on a desk and on a phone."""

import pytest
from selenium.webdriver import Chrome

from pipelines.report.inputs import ReportInputs
from pipelines.report.page import build_report
from tests.pipelines.report.report_example import HOSTILE, example, forecasts

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("report")
    inputs = {
        "full": example(),
        "long names": example(forecasts=forecasts().assign(title=HOSTILE * 9), quarantine=[("x" * 300, 1)]),
        "empty": ReportInputs(),
    }
    return {name: build_report(parts, folder / name).as_uri() for name, parts in inputs.items()}


def open_page(browser: Chrome, address: str, width: int, scheme: str = "light") -> None:
    screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get("about:blank")
    browser.get_log("browser")  # what other pages complained of: reading forgets it
    browser.get(address)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["full", "long names", "empty"])
def test_it_fits_the_screen_without_complaint(browser: Chrome, pages: dict[str, str], name: str, width: int) -> None:
    open_page(browser, pages[name], width)
    assert browser.execute_script("return window.innerWidth") == width
    wide = browser.execute_script("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1]
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("width", [1280, 390])
def test_plots_and_signs_have_their_size(browser: Chrome, pages: dict[str, str], width: int) -> None:
    open_page(browser, pages["full"], width)
    sizes = browser.execute_script(
        "return [...document.querySelectorAll('svg, img')].map(e => {"
        "const box = e.getBoundingClientRect(); return [!!e.closest('.plot'), box.width, box.height]})"
    )
    assert sum(plot for plot, *_ in sizes) == 22
    for plot, across, down in sizes:
        assert across >= (200 if plot else 8)
        assert down >= (80 if plot else 8)


def test_writing_in_plots_can_be_read_on_a_phone(browser: Chrome, pages: dict[str, str]) -> None:
    open_page(browser, pages["full"], 390)
    heights = browser.execute_script(
        "return [...document.querySelectorAll('.plot text')].map(e => {"
        "return parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a})"
    )
    assert min(heights) >= 9


def test_it_follows_the_readers_scheme(browser: Chrome, pages: dict[str, str]) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        open_page(browser, pages["full"], 1280, scheme)
        colours[scheme] = browser.execute_script(
            "return [getComputedStyle(document.body).backgroundColor,"
            "getComputedStyle(document.querySelector('.plot text')).fill]"
        )
    assert colours["light"][0] == "rgb(255, 254, 251)"
    assert colours["dark"][0] == "rgb(29, 28, 25)"
    assert colours["light"][1] != colours["dark"][1]
