"""The page in a real browser: no complaint in the console, sliders move the curves, keys work, phones and dark mode."""

import json
import re
import shutil
from importlib.resources import files

import pytest

import logwidth as lw
from logwidth.pipeline import facts_of_run
from logwidth.report import run_page
from logwidth.theory import diagram

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason="chromium and chromedriver are not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
ATLAS = json.loads(files("logwidth.report.page").joinpath("atlas.json").read_text())


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    lw.memorize(lw.load("iris"), ratio=0.5).save(folder / "iris")
    (folder / "page.html").write_text(run_page(facts_of_run(folder / "iris")), encoding="utf-8")
    return folder / "page.html"


@pytest.fixture(scope="module")
def browser():
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser, page):
    browser.get(page.as_uri())
    yield browser
    assert browser.get_log("browser") == []


def drawn(browser):
    return browser.execute_script("return document.getElementById('explorer-picture').innerHTML")


def slide(browser, name, stop):
    browser.execute_script(
        "const s = document.getElementById('pick-' + arguments[0]); s.value = arguments[1];"
        "s.dispatchEvent(new Event('input'));",
        name,
        stop,
    )


def says(browser):
    return browser.execute_script("return document.getElementById('explorer-says').textContent")


@pytest.mark.parametrize("name", ["samples", "features", "norm", "width"])
def test_every_slider_moves_the_picture_by_keys_alone(opened, name):
    slider = opened.find_element("id", f"pick-{name}")
    before, value = drawn(opened), slider.get_attribute("value")
    opened.execute_script("arguments[0].focus()", slider)
    slider.send_keys("\ue012" if value == slider.get_attribute("max") else "\ue014")  # left or right
    assert slider.get_attribute("value") != value
    assert drawn(opened) != before
    label = opened.execute_script("return arguments[0].labels[0].textContent", slider)
    assert name.rstrip("s") in label
    assert slider.get_attribute("aria-valuetext") == opened.find_element("id", f"shown-{name}").text
    outline = opened.execute_script("return getComputedStyle(arguments[0]).outlineStyle", slider)
    assert outline == "solid"


@pytest.mark.parametrize(("n", "d", "p", "k"), [(0, 0, 0, 0), (5, 6, 1, 9), (12, 11, 3, 20), (7, 9, 2, 12), (8, 4, 1, 2)])
def test_what_is_said_is_what_bounds_prints(opened, n, d, p, k):
    for name, stop in (("samples", n), ("features", d), ("norm", p), ("width", k)):
        slide(opened, name, stop)
    samples, features, norm = ATLAS["samples"][n], ATLAS["features"][d], ATLAS["norms"][p]
    width = ATLAS["widths"][str(features)][k]
    row = diagram(samples, features, norm=norm, widths=[width]).rows()[0]
    words = says(opened)
    number = r"([0-9.e-]+?)"
    pattern = rf"below {number}; .* from {number} on \((.*)\)\. The paper: {number} and {number}\.$"
    possible, impossible, reason, paper_possible, paper_impossible = re.search(pattern, words).groups()
    assert words.startswith(f"{samples:,} samples, {features:,} features, ")
    assert f"width {width:,}:" in words
    assert reason == row["impossible_by"]
    for shown, name, side in (
        (possible, "possible", -1),
        (impossible, "impossible", 1),
        (paper_possible, "paper_possible", -1),
        (paper_impossible, "paper_impossible", 1),
    ):
        proven = row[name] if row[name] > 1e-8 or side > 0 else 0.0
        assert side * (float(shown) - proven) >= 0
        assert abs(float(shown) - proven) <= 0.002 * proven + 6.5e-9


def test_the_curve_is_where_the_number_is(opened):
    slide(opened, "samples", 4)
    slide(opened, "features", 5)
    slide(opened, "norm", 1)
    path = opened.execute_script("return document.querySelector('#explorer-picture .possible').getAttribute('d')")
    heights = {float(y) for y in re.findall(r"[ML][0-9.]+ ([0-9.]+)", path)}
    from math import log10

    found = diagram(1_000, 64, norm=2, widths=ATLAS["widths"]["64"])
    expected = {round(300 - 286 * (1 + log10(min(max(v, 1e-4), 1)) / 4), 1) for v in found.possible}
    assert all(min(abs(y - z) for z in heights) <= 0.11 for y in expected)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1000])
def test_nothing_sticks_out_and_text_can_be_read(opened, dark, width):
    features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    assert opened.execute_script("return document.documentElement.scrollWidth") <= width
    ink, paper = opened.execute_script(
        "const s = getComputedStyle(document.body); return [s.color, s.backgroundColor].map(c => c.match(/[0-9]+/g)[0])"
    )
    assert (int(ink) - int(paper) > 150) == dark
    assert abs(int(ink) - int(paper)) > 150
    cut = opened.execute_script(
        "return [...document.querySelectorAll('svg[viewBox] text')].filter(t => {"
        "const b = t.getBBox(), s = t.ownerSVGElement, v = s.viewBox.baseVal;"
        "const turned = s.getScreenCTM().inverse().multiply(t.getScreenCTM());"
        "const ends = [[b.x, b.y], [b.x + b.width, b.y + b.height]].map(e => new DOMPoint(...e).matrixTransform(turned));"
        "const [left, right] = ends.map(e => e.x).sort((a, b) => a - b);"
        "const [top, bottom] = ends.map(e => e.y).sort((a, b) => a - b);"
        "return left < v.x - 1 || right > v.x + v.width + 1 || top < v.y - 2 || bottom > v.y + v.height + 2"
        "}).map(t => t.textContent)"
    )
    assert cut == []


def test_without_scripts_the_rest_of_the_page_stands(browser, page):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(page.as_uri())
        assert not browser.find_element("id", "explorer").is_displayed()
        assert "needs JavaScript" in browser.find_element("tag name", "body").text
        assert len(browser.find_elements("css selector", "svg .run")) == 4
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
