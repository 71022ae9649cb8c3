from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from tussis.export.report.charts import Bar, Span, Timeline, bars, timeline

RATE_HZ = 8000


def rects(svg: str, style: str) -> list[ElementTree.Element]:
    return [rect for rect in ElementTree.fromstring(svg).iter("rect") if rect.get("class") == style]


def view(**lanes: tuple[Span, ...]) -> Timeline:
    audio = np.zeros(10 * RATE_HZ, np.int16)
    audio[5 * RATE_HZ : 6 * RATE_HZ] = 1000 * np.where(np.arange(RATE_HZ) % 2, 1, -1)
    return Timeline(audio, RATE_HZ, 20.0, tuple((name, name, spans) for name, spans in lanes.items()))


def test_bars_are_as_long_as_their_share() -> None:
    svg = bars([Bar("one", "1", 1.0), Bar("quarter", "0.25", 0.25), Bar("none", "0", 0.0)], title="t")
    assert [float(rect.get("width")) for rect in rects(svg, "accent")] == [460.0, 115.0, 0.0]


@pytest.mark.parametrize(("share", "width"), [(-1.0, 0.0), (7.0, 460.0)])
def test_a_share_outside_0_to_1_stays_in_the_chart(share: float, width: float) -> None:
    (rect,) = rects(bars([Bar("x", "x", share)], title="t"), "accent")
    assert float(rect.get("width")) == width


def test_text_is_escaped() -> None:
    svg = bars([Bar("<script>", 'a & "b"', 0.5)], title="<t>") + timeline(
        view(a=(Span(21, 22, "<&>"),)), title="<t>"
    )
    assert "<script>" not in svg
    ElementTree.fromstring(f"<both>{svg}</both>")


def test_spans_lie_where_their_time_is() -> None:
    svg = timeline(view(first=(), events=(Span(25.0, 27.5, "x"), Span(20.0, 30.0, "y"))), title="t")
    part, whole = rects(svg, "events")
    left, width = float(whole.get("x")), float(whole.get("width"))
    assert float(part.get("x")) == pytest.approx(left + width / 2, abs=0.2)
    assert float(part.get("width")) == pytest.approx(width / 4, abs=0.2)


def test_spans_are_cut_to_the_excerpt() -> None:
    svg = timeline(view(a=(Span(0.0, 100.0, "all"), Span(31.0, 32.0, "after"))), title="t")
    (rect,) = rects(svg, "a")
    assert float(rect.get("x")) + float(rect.get("width")) <= 1000


def test_the_waveform_is_tall_where_the_sound_is_loud() -> None:
    svg = timeline(view(a=()), title="t")
    (path,) = [p for p in ElementTree.fromstring(svg).iter("path") if p.get("class") == "wave"]
    points = [tuple(map(float, point.split())) for point in path.get("d")[1:-1].split("L")]
    x = [point[0] for point in points]
    loud = [xx for xx, y in points if abs(y - 75) > 50]
    middle = (min(x) + max(x)) / 2
    assert min(loud) == pytest.approx(middle, abs=2)
    assert max(loud) == pytest.approx(middle + (max(x) - min(x)) / 10, abs=2)


@pytest.mark.parametrize("samples", [1, 100, 8000 * 3600])
def test_any_length_can_be_drawn(samples: int) -> None:
    ElementTree.fromstring(timeline(Timeline(np.zeros(samples, np.int16), RATE_HZ, 0.0, ()), title="t"))
