"""What a detector says about itself, and how it is cited."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import tussis
from tussis.cli.app import main
from tussis.export.card.card import CITATION, NOT_A_DEVICE, make_card
from tussis.export.card.card_text import as_html, as_lines, as_markdown

ROOT = Path(__file__).resolve().parents[3]


def test_the_card_of_the_default_says_what_its_file_says() -> None:
    detector = tussis.load_detector("default")
    text = as_markdown(make_card("default"))
    assert NOT_A_DEVICE in text
    for source in detector.provenance.sources:
        assert f"| {source.collection} | {source.recordings:,} |" in text
    assert detector.operating_points is not None
    specific = detector.operating_points.specific.audio
    assert specific is not None
    assert f"| specific, sound | {specific.threshold:.3f} | {100 * specific.sensitivity:.0f} % |" in text
    assert "whooping cough" in text


def test_a_detector_of_one_s_own_does_not_get_the_limits_of_the_shipped_one(tmp_path: Path) -> None:
    detector = tussis.load_detector("default")
    bare = detector.model_copy(update={"provenance": type(detector.provenance)(), "operating_points": None})
    file = tussis.save_detector(bare, tmp_path / "mine.json")
    text = as_markdown(make_card(str(file)))
    assert "whooping" not in text
    assert "does not say what it was taught by" in text
    assert "holds no scores" in text


def test_the_committed_card_is_that_of_the_shipped_detectors() -> None:
    page = (ROOT / "docs" / "model-card.md").read_text()
    assert page == as_markdown(make_card("default")), "make generated"


@pytest.mark.parametrize("width", [40, 100])
def test_lines_fit_the_terminal(width: int) -> None:
    lines = list(as_lines(make_card("default"), width))
    assert max(len(line) for line in "\n".join(lines).split("\n") if " " in line.strip("- ")) <= width + 45
    words = "\n".join(lines).split("\n")
    assert sum(len(line) > width for line in words) <= 4  # an address or a hash cannot be broken


def test_the_page_stands_alone_and_is_the_same_each_time(tmp_path: Path) -> None:
    page, again = tmp_path / "a.html", tmp_path / "b.html"
    assert main(["describe", "default", "--out", str(page)]) == 0
    assert main(["describe", "default", "--out", str(again)]) == 0
    assert page.read_bytes() == again.read_bytes()
    text = page.read_text()
    assert not re.search(r"<(script|link|img)|src=|@import|url\(", text)
    assert "default-src 'none'" in text
    assert as_html(make_card("default")) == text


def test_describe_prints_json_and_refuses_other_endings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["describe", "default", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Detector default"
    assert main(["describe", "default", "--out", str(tmp_path / "card.pdf")]) == 2
    assert "end it with .md or .html" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_citation_file_is_valid_and_says_what_describe_says(
    library: Callable[[str, str], ModuleType],
) -> None:
    cffconvert = library("cffconvert", "docs")
    text = (ROOT / "CITATION.cff").read_text()
    citation = cffconvert.Citation(text)
    citation.validate()
    fields = citation.cffobj
    assert fields["version"] == tussis.__version__
    assert fields["license"] == "Apache-2.0"
    assert fields["title"] in CITATION
