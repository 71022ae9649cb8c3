"""The page in a browser: no complaint, no request, by keyboard, with sound, in both themes, on a phone."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tussis.data.input_error import InputError
from tussis.export.report.chart import Table, bars, curves, points, stacked
from tussis.export.report.detector_sections import detector_sections
from tussis.export.report.flame_chart import flame_chart
from tussis.export.report.life_sections import day_section, variants_section
from tussis.export.report.report_page import (
    MAX_BYTES,
    Figure,
    Page,
    Section,
    refuse_other_suffix,
    render_page,
    write_page,
)
from tussis.export.report.session_views import session_view
from tussis.selection.detector.detector_file import Detector
from tussis.selection.detector.provenance import PathPoint

from ..conftest import make_detector, make_recording
from .browser import Browser
from .test_run_report import ACTIVITY, COST, VARIANT

WIDTHS = (360, 800, 1300)


def make_page() -> Page:
    """One of everything."""
    rows = [
        {"name": "a < b", "value": 2.0, "text": "two", "low": 1.0, "high": 3.0, "limit": 2.5},
        {"name": "c", "value": 1.0, "text": "one"},
    ]
    marks = [
        {"series": "one", "x": 1.0, "y": 0.5, "low": 0.4, "high": 0.6, "chosen": True, "note": "n"},
        {"series": "two", "x": 2.0, "y": 0.7},
    ]
    charts = (
        bars("Bars", rows, axis="things", columns=("name", "value")),
        stacked("Stack", {"x": {"p": 3.0, "q": 1.0}}, axis="µJ", unit="µJ"),
        points("Points", marks, x="cost", y="F1"),
        curves("Curves", marks, x="cost", y="F1", diagonal=True),
    )
    view = session_view(make_recording(3, seconds=20.0), make_detector(), "gated", audio=True)
    assert view.clips
    day = {"sessions": 3, "activities": [ACTIVITY, {**ACTIVITY, "name": "walking", "joules": 5.0}]}
    return Page(
        "A </script><b>report</b>",
        "Lead",
        (Figure("0.9", "F1", "95 %"),),
        (
            Section("Recordings", "What it hears", sessions=(view,)),
            Section("Figures", charts=charts, tables=(Table(("a", "b"), (("1", "2"),), "A table"),)),
            Section("Where it goes", charts=(flame_chart("Flame view", COST["flame"]),)),
            day_section(day),
            variants_section({"recording": "s1", "variants": [VARIANT, {**VARIANT, "device": "stm32u575"}]}),
            *detector_sections(chosen_detector()),
            Section("Not there", missing="estimate --json"),
        ),
    )


def chosen_detector() -> Detector:
    """A detector that kept the path of its selection."""
    path = [PathPoint(n_features=n, score=1 - 1 / n, deviation=0.1, chosen=n == 4) for n in (2, 4, 8)]
    detector = make_detector()
    origin = detector.provenance.model_copy(update={"selection": {"audio": path}})
    return detector.model_copy(update={"provenance": origin})


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(make_page(), tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="module")
def browser(
    page: Path, tool: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    program = tool("chromium", "chromium-browser", "google-chrome")
    with Browser(program, tmp_path_factory.mktemp("profile")) as opened:
        opened.resize(1300)
        opened.prefer("light")
        opened.open(page)
        yield opened


class Balance(HTMLParser):
    """Fails on a tag that is closed without being open; collects headings."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_small_and_the_same_again(page: Path) -> None:
    text = page.read_text()
    parser = Balance()
    parser.feed(text)
    assert parser.open == []
    assert {"header", "nav", "main", "footer", "h1", "h2", "h3", "table", "caption"} <= set(parser.seen)
    assert len(text.encode()) < MAX_BYTES
    assert text == render_page(make_page())
    assert "A &lt;/script&gt;" in text
    assert "Not there: needs estimate --json" in text


def test_a_page_that_is_too_large_or_no_page_is_refused(tmp_path: Path) -> None:
    large = Page("Large", "x" * MAX_BYTES)
    with pytest.raises(InputError, match="larger than 3 MB"):
        write_page(large, tmp_path / "large.html")
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match=r"page\.pdf: is not an \.html file"):
        refuse_other_suffix(tmp_path / "page.pdf")


def test_every_chart_is_drawn_without_complaint_or_request(browser: Browser) -> None:
    drawn = browser.run(
        "[...document.querySelectorAll('.chart')].map(one => one.querySelectorAll('svg').length)"
    )
    assert drawn == [1] * len(drawn)
    assert len(drawn) >= 12
    assert browser.complaints == []
    outside = [url for url in browser.requests if not url.startswith(("file:", "data:"))]
    assert outside == []
    assert sum(url.startswith("file:") for url in browser.requests) == 1


def test_every_chart_has_words_and_a_table(browser: Browser) -> None:
    words = browser.run("[...document.querySelectorAll('.chart')].map(one => one.getAttribute('aria-label'))")
    assert words[1] == "Bars. Bars: a < b two; c one."
    for title in ("Flame view", "Power by activity, gated", "Audio model: sets of features"):
        assert any(one.startswith(f"{title}.") for one in words), title
    without = "[...document.querySelectorAll('figure')].filter(one => !one.querySelector('details table'))"
    assert browser.run(f"{without}.length") == 0


def test_a_walk_by_keyboard_plays_and_zooms(browser: Browser) -> None:
    browser.run("document.activeElement.blur(); scrollTo(0, 0)")
    stops: list[str] = []
    state = (
        "(one => one.id || one.className || one.dataset.move || one.tagName)(document.activeElement)"
        " + (document.activeElement.matches(':focus-visible') ? '' : ' unseen')"
    )
    while "clip" not in stops:
        browser.press("Tab")
        stops.append(browser.run(state))
        assert len(stops) < 60
        if stops[-1] == "time":
            before = browser.run("document.querySelector('output').textContent")
            browser.press("+")
            browser.run("new Promise(done => setTimeout(done, 200))")
            assert browser.run("document.querySelector('output').textContent") != before
    assert stops[:2] == ["skip", "theme"]
    assert "in" in stops
    assert not any("unseen" in stop for stop in stops)
    browser.press("Enter")
    heard = browser.run(
        "new Promise(done => { const look = n => document.documentElement.dataset.played || !n"
        " ? done(document.documentElement.dataset.played ?? '') : setTimeout(look, 100, n - 1); look(50); })"
    )
    assert heard == "1"
    assert browser.run("document.activeElement.getAttribute('aria-current')") == "true"
    assert browser.complaints == []


def test_every_table_of_a_chart_is_opened_by_keyboard(browser: Browser) -> None:
    """To the end of the page: flame view, day, variants and selection path among them."""
    browser.run("document.activeElement.blur(); scrollTo(0, 0)")
    tables = browser.run("document.querySelectorAll('figure details').length")
    opened: list[str] = []
    focused = "document.activeElement"
    for _ in range(400):
        browser.press("Tab")
        if browser.run(f"{focused} === document.body || {focused}.id === 'skip'"):
            break
        if browser.run(f"{focused}.matches('figure details > summary')"):
            browser.press("Enter")
            assert browser.run(f"{focused}.parentElement.open")
            assert browser.run(f"{focused}.matches(':focus-visible')")
            opened.append(browser.run(f"{focused}.closest('figure').innerText"))
            browser.press("Enter")
    assert len(opened) == tables >= 10
    for word in ("tussis_walk", "walking", "stm32u575", "sets of features"):
        assert any(word in text for text in opened), word


def test_the_sound_is_the_second_around_the_error(page: Path) -> None:
    import io

    import soundfile

    view = make_page().sections[0].sessions[0]
    sound, rate = soundfile.read(io.BytesIO(base64.b64decode(view.clips[0].sound.split(",", 1)[1])))
    assert rate == 8000
    assert len(sound) == 8000
    assert abs(sound).max() > 0.02


def test_both_themes_follow_the_system_and_the_switch(browser: Browser) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    bar = "getComputedStyle(document.querySelector('figure svg .mark-rect path')).fill"
    light, light_bar = browser.run(colour), browser.run(bar)
    browser.prefer("dark")
    dark, dark_bar = browser.run(colour), browser.run(bar)
    assert light == "rgb(255, 255, 255)"
    assert dark != light
    assert dark_bar != light_bar
    browser.run("document.getElementById('theme').click()")
    assert browser.run(colour) == light
    assert browser.run("document.getElementById('theme').getAttribute('aria-pressed')") == "false"
    browser.run("document.getElementById('theme').click()")
    browser.prefer("light")
    assert browser.run(colour) == dark
    browser.run("delete document.documentElement.dataset.theme")


@pytest.mark.parametrize("width", WIDTHS)
def test_no_sideways_scrolling(width: int, browser: Browser) -> None:
    browser.resize(width)
    browser.run("new Promise(done => setTimeout(done, 900))")
    root = "document.documentElement"
    assert browser.run(f"{root}.scrollWidth <= {root}.clientWidth")
    widest = browser.run(
        "Math.max(...[...document.querySelectorAll('.chart svg')]"
        ".map(one => one.getBoundingClientRect().right))"
    )
    assert widest <= width


def test_paper_shows_every_row_and_no_button(browser: Browser) -> None:
    """What scrolls on a screen would be cut on paper."""
    hidden = "e => e.scrollHeight > e.clientHeight + 1"
    cut = f"[...document.querySelectorAll('.scroll, pre')].filter({hidden}).length"
    buttons = (
        "[...document.querySelectorAll('button')].filter(e => e.closest('.tools') && e.offsetHeight).length"
    )
    tall = (
        "document.querySelectorAll('.scroll').forEach(e => { e.firstElementChild.style.height = '2000px' })"
    )
    browser.run(tall)
    assert browser.run(cut) > 0
    browser.print_media(True)
    assert (browser.run(cut), browser.run(buttons)) == (0, 0)
    browser.print_media(False)
