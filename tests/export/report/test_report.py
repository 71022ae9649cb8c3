from __future__ import annotations

import base64
import copy
import re
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tussis.export.report.charts import Span, Timeline
from tussis.export.report.report import render_report


def event(f1: float | None) -> dict[str, Any]:
    return {"sensitivity": f1, "precision": f1, "f1": f1, "fp_per_hour": 12.0, "tp": 8, "fp": 1, "ref": 9}


def per_second(instructions: int) -> dict[str, float]:
    return {"instructions": instructions, "cycles": 1.3 * instructions, "uj": instructions / 1e4}


SUMMARY: dict[str, Any] = {
    "tussis": "9.8.7",
    "dataset": {
        "train": {"subjects": 12, "sessions": 24, "hours": 0.8, "coughs": 512},
        "held_out": {"subjects": 3, "sessions": 6, "hours": 0.2, "coughs": 128},
    },
    "score": {"audio": event(0.912), "imu": event(0.5), "gated": event(0.8765)},
    "cost": {
        "device": "nrf5340",
        "clock_hz": 128e6,
        "per_second": {"audio": per_second(480_000), "imu": per_second(60_000), "gated": per_second(123_000)},
        "gating": {
            "audio_duty": 0.17,
            "energy_saving_vs_audio": 0.7,
            "total_saving_vs_audio": 0.12,
            "recommended_mode": "gated",
        },
        "energy_uw": {
            mode: {"core_active": 100.0, "capture": capture, "imu": 36.0, "total": 136.0 + capture}
            for mode, capture in (("audio", 2100.0), ("imu", 0.0), ("gated", 300.0))
        },
        "battery": {"title": "a cell of 100 mAh", "days": {"audio": 4.5, "imu": 90.0, "gated": 28.25}},
        "flash_bytes": 40_000,
        "ram_bytes": 30_000,
        "functions": [
            {"name": f"tussis_a_rather_long_name_{n}.part.0", "cycles": 1300, "instructions": 1000 - n}
            for n in range(30)
        ],
    },
    "parity": {
        "sessions": 2,
        "differing_events": 0,
        "worst_error": 0.0,
        "worst_feature": "mel03_std",
        "events": {"NumPy": 33, "host C": 33, "Cortex-M33": 33},
    },
    "commands": ["tussis detect <a folder>/with/a/long/name/recordings/held_out/subject_000_session_00"],
}


def page(summary: dict[str, Any] = SUMMARY) -> str:
    audio = np.random.default_rng(0).normal(0, 500, 8000 * 30).astype(np.int16)
    lanes = (("labels", "label", (Span(3, 4, "x"),)), ("detected", "accent", (Span(3.1, 4.1, "y"),)))
    return render_report(summary, Timeline(audio, 8000, 0.0, lanes), "subject_000/session_00")


class Balance(HTMLParser):
    """Fails on a tag that is closed without being open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_needs_no_network() -> None:
    text = page()
    parser = Balance()
    parser.feed(text)
    assert parser.open == []
    assert not re.search(r"https?:|src=|href=|url\(|@import|<script|<link", text)


def test_the_page_shows_the_summary_s_figures() -> None:
    text = page()
    scores, cost = ("0.912", "0.876", "8 of 9 coughs found"), ("0.123 M", "39.1 KB", "29.3 KB")
    for figure in ("9.8.7", *scores, *cost, "a_rather_long_name_9<", ">991<"):
        assert figure in text


def test_energy_by_part_is_stacked_to_one_scale() -> None:
    text = page()
    widths = {
        (mode, part): float(width)
        for width, mode, part in re.findall(
            r'<rect class="part\d" [^>]*width="([\d.]+)" height="10"><title>([^,]*), ([^:]*):', text
        )
    }
    assert widths["audio only", "capture"] == pytest.approx(460 * 2100 / 2236, abs=0.1)
    assert widths["gated: motion wakes audio", "capture"] == pytest.approx(460 * 300 / 2236, abs=0.1)
    assert widths["motion only", "capture"] == 0
    assert "lasts 28.2 days in mode gated" in text


def test_a_gate_that_costs_more_than_audio_alone_is_no_saving() -> None:
    assert "the whole board takes 12 % less energy than with audio alone." in page()
    summary = copy.deepcopy(SUMMARY)
    summary["cost"]["gating"] |= {"total_saving_vs_audio": -0.25, "recommended_mode": "audio"}
    text = page(summary)
    assert "takes 25 % more energy than with audio alone: run that" in text
    assert "lasts 4.5 days in mode audio" in text
    assert "saved" not in text
    assert "70 %" not in text


def test_a_budget_that_is_exceeded_is_shown_as_such() -> None:
    text = page()
    for name, style in (("flash", "good"), ("RAM", "bad")):
        found = re.search(rf">{name}</text>.*?<rect class=\"track\".*?<rect class=\"(\w+)\"", text)
        assert found
        assert found.group(1) == style


def test_an_undefined_score_is_no_figure() -> None:
    summary = copy.deepcopy(SUMMARY)
    summary["score"]["imu"] = {**event(None), "fp_per_hour": None}
    assert "n/a" in page(summary)


def test_the_same_summary_gives_the_same_bytes() -> None:
    assert page() == page()


@pytest.mark.parametrize("width", [360, 800, 1400])
def test_a_browser_shows_the_page_without_sideways_scrolling(
    width: int, tmp_path: Path, tool: Callable[..., str]
) -> None:
    browser = tool("chromium", "chromium-browser", "google-chrome")
    content = base64.b64encode(page().encode()).decode()
    wrapper = tmp_path / "wrapper.html"
    wrapper.write_text(
        f"<iframe id=f width={width} height=900></iframe><script>"
        f"const html = new TextDecoder().decode(Uint8Array.from(atob('{content}'), c => c.charCodeAt(0)));"
        "f.onload = () => { const root = f.contentDocument.documentElement;"
        "const heights = [...root.querySelectorAll('svg')].map(s => s.getBoundingClientRect().height);"
        "const found = [root.clientWidth, root.scrollWidth, heights.length, Math.min(...heights)];"
        "document.title = found.join(' '); };"
        "f.srcdoc = html;</script>"
    )
    command = (
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=5000", "--dump-dom",
        wrapper.as_uri(),
    )  # fmt: skip
    dom = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    found = re.search(r"<title>([\d.]+) ([\d.]+) (\d+) ([\d.]+)</title>", dom)
    assert found, dom[-2000:]
    client, scroll, charts, lowest = (float(value) for value in found.groups())
    assert scroll <= client
    assert charts == 6
    assert lowest > 50
