"""The page of `skim report --html`: it draws, fits a phone, follows the theme, loads nothing."""

import base64
import contextlib
import pathlib
import re
import shutil
from html.parser import HTMLParser

import pytest

from made_up_results import case, path, result, write
from skim.report import main

pytest.importorskip("plotly", reason="needs plotly: python3 -m pip install plotly")

SIZES = {"wide": (1280, 900), "phone": (400, 800)}
THEMES = ("light", "dark")


def sweep():
    """Cases that differ in vocabulary, k and batch; every status, labels, published figures."""
    shapes = [
        (rows, cols, k) for rows in (1, 32) for cols in (32000, 50304, 128256) for k in (20, 50)
    ]
    return [
        case(
            rows=rows,
            cols=cols,
            k=k,
            remark="misleading: made up",
            published={"pytorch_us": 45, "triton_us": 181, "gpu": "H100 PCIe", "date": "2025-11"},
            paths=[
                path("skim", rows * cols / 9000 + 2, own_kernel=True, host_us=5),
                path(
                    "PyTorch",
                    rows * cols / 4000 + 30,
                    labels=["ties any order"],
                    host_us=90,
                    spread=0.02,
                ),
                path("Triton (published)", rows * cols / 1000 + 100),
                path("CUB DeviceBatchedTopK", rows * cols / 8000 + 1, labels=["unsorted"]),
                path(
                    "FlashInfer",
                    rows * cols / 7000 + 9,
                    labels=["events, not captured"],
                    wrong_on=["masked50"],
                    not_captured="it allocates",
                ),
                path(
                    "CuTe",
                    None,
                    "not_applicable",
                    f"needs a power-of-two vocabulary <= 4096, got {cols}",
                ),
                path("JAX", None, "error", "raised <script>alert('no')</script>"),
                path("QuACK", None, "wrong", "row 3 rank 7 is 1.0 instead of 2.0"),
            ],
        )
        for rows, cols, k in shapes
    ]


def make_page(folder, *files):
    page = folder / "page.html"
    assert main([*map(str, files), "--html", str(page)]) == 0
    return page


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    old = write(folder / "old.json", result(sweep()[:4], commit="before"))
    faster = sweep()
    for each in faster:
        each["paths"][0]["timing"]["median_us"] *= 0.8
    return make_page(folder, old, write(folder / "new.json", result(faster)))


class References(HTMLParser):
    """Collects what a page would load, and its text outside scripts."""

    def __init__(self):
        super().__init__()
        self.loaded, self.text, self.tag = [], "", ""

    def handle_starttag(self, tag, attributes):
        self.tag = tag
        self.loaded += [
            value for name, value in attributes if name in ("src", "href", "srcset", "data")
        ]

    def handle_endtag(self, tag):
        self.tag = ""

    def handle_data(self, data):
        if self.tag == "style":
            self.loaded += re.findall(r"url\(|@import", data)
        elif self.tag != "script":
            self.text += data


def test_page_says_everything_and_loads_nothing(page):
    references = References()
    references.feed(page.read_text())
    assert references.loaded == ["data:,"]  # an empty icon, so that the browser asks for none
    for text in (
        "read floor",
        "NVIDIA H100",
        "580.0",
        "c0ffee",
        "skim bench --json",
        "unsorted",
        "ties any order",
        "events, not captured",
        "it allocates",
        "masked50",
        "misleading: made up",
        "needs a power-of-two vocabulary <= 4096, got 32000",
        "raised <script>alert('no')</script>",
        "row 3 rank 7 is 1.0",
        "H100 PCIe, 2025-11",
        "45.0 / 181, 4.0x slower",
        "▲ faster",
        "commit before",
    ):
        assert text in references.text, text


@contextlib.contextmanager
def chromium():
    webdriver = pytest.importorskip(
        "selenium.webdriver", reason="needs selenium: python3 -m pip install selenium"
    )
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not browser or not driver or pathlib.Path(browser).resolve().is_relative_to("/snap"):
        pytest.skip("needs Debian's packages chromium and chromium-driver (Ubuntu's are snaps)")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    running = webdriver.Chrome(options, webdriver.ChromeService(driver))
    try:
        yield running
    finally:
        running.quit()


def show(browser, page, size, theme):
    width, height = SIZES[size]
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": theme}]},
    )
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == "phone"},
    )
    browser.get(page.as_uri())
    browser.execute_script(
        "document.querySelectorAll('details').forEach((node) => node.open = true)"
    )


def take_screenshot(browser, file):
    size = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
    shot = browser.execute_cdp_cmd(
        "Page.captureScreenshot",
        {
            "captureBeyondViewport": True,
            "clip": {**size, "height": min(size["height"], 12000), "scale": 1},
        },
    )
    file.write_bytes(base64.b64decode(shot["data"]))


# Of every chart: its size, and how many marks and lines it drew with a size.
DRAWN = """
const sized = (nodes) => [...nodes].filter((node) => {
  const box = node.getBoundingClientRect();
  return box.width > 0 || box.height > 0;
}).length;
return [...document.querySelectorAll(".chart")].map((chart) => ({
  name: chart.id,
  width: chart.clientWidth,
  marks: sized(chart.querySelectorAll(".scatterlayer .points path")),
  lines: sized(chart.querySelectorAll(".scatterlayer .lines path")),
  choices: chart.parentElement.querySelectorAll("option").length,
}));
"""
# What reaches beyond the width that was asked for: a phone's innerWidth grows with what overflows.
OVERFLOW = """
const width = arguments[0];
const inside = (node) => node.closest(".scroll, svg");
return [...document.querySelectorAll("main *")].filter(
  (node) => !inside(node) && node.getBoundingClientRect().right > width + 0.5
).map((node) => node.tagName + "." + node.className);
"""


def check_shown(browser, where):
    width, _ = SIZES[where[0]]
    charts = {chart["name"]: chart for chart in browser.execute_script(DRAWN)}
    assert set(charts) == {"chart-cases", "chart-vocabulary", "chart-k", "chart-batch"}, where
    for name, chart in charts.items():
        assert chart["width"] > 250 and chart["marks"] >= 6, (where, chart)
        assert chart["lines"] >= 4 or name == "chart-cases", (where, chart)
    page_width = browser.execute_script("return document.scrollingElement.scrollWidth")
    assert page_width <= width, where
    assert browser.execute_script(OVERFLOW, width) == [], where
    loaded = browser.execute_script("return performance.getEntriesByType('resource').length")
    assert loaded == 0, where
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == [], (
        where
    )


INK_OF_CHART = "return getComputedStyle(document.querySelector('.chart .xtitle')).fill"


def test_page_in_a_browser(page, tmp_path):
    inks = {}
    with chromium() as browser:
        for size in SIZES:
            for theme in THEMES:
                show(browser, page, size, theme)
                check_shown(browser, (size, theme))
                inks[theme] = browser.execute_script(INK_OF_CHART)
                take_screenshot(browser, tmp_path / f"{size}-{theme}.png")
        check_interaction(browser)
    assert inks["light"] != inks["dark"]
    shots = [tmp_path / f"{size}-{theme}.png" for size in SIZES for theme in THEMES]
    assert all(shot.stat().st_size > 50_000 for shot in shots)


def check_interaction(browser):
    """A legend's button hides a path, a selector shows another group, the theme changes at once."""
    lines = "return document.querySelectorAll('#chart-vocabulary .scatterlayer .lines path').length"
    before = browser.execute_script(lines)
    browser.execute_script("document.querySelector('#legend-vocabulary button').click()")
    assert browser.execute_script(lines) == before - 1
    groups = (
        "return document.querySelector('#chart-k').layout.xaxis.ticktext.join() + "
        "document.querySelector('#chart-k').data[1].y.join()"
    )
    first = browser.execute_script(groups)
    browser.execute_script(
        "const s = document.querySelector('select[data-chart=k]'); s.value = '1'; "
        "s.dispatchEvent(new Event('change'))"
    )
    assert browser.execute_script(groups) != first
    dark = browser.execute_script(INK_OF_CHART)
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": "light"}]},
    )
    assert browser.execute_script(INK_OF_CHART) != dark
