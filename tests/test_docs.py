"""The documentation: its site, its code, and the tutorials as notebooks."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from tussis.cli.app import app

from .export.report.browser import Browser

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
RUN = ("index.md", "python.md")
"""Pages whose Python runs here; that of tutorials runs in their notebooks."""
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
OUTPUT = {"text", "c", ""}
"""What a program answers, a tree of folders, or C, whose functions are looked up."""


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"^```(\w*)\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
        yield found[1], found[2]


def commands(text: str) -> Iterator[list[str]]:
    """Words of each line that starts tussis, wherever it is installed; what follows # | > & is left out."""
    for line in text.splitlines():
        words = shlex.split(re.sub(r"\s(#|\||2?>|&).*$", "", line), comments=True)
        starts = [at for at, word in enumerate(words) if word == "tussis" or word.endswith("/tussis")]
        if starts:
            yield words[starts[0] + 1 :]


def helper(name: str) -> ModuleType:
    path = ROOT / "docs" / "site" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"docs_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_is_code_that_is_checked_or_output(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    header = "".join(file.read_text() for file in (ROOT / "firmware_stub" / "include").rglob("*.h"))
    for language, text in blocks(page):
        if language == "toml":
            tomllib.loads(text)
        elif language == "json":
            json.loads("{" + text + "}" if not text.startswith("{") else text)
        elif language == "python":
            compile(text, str(page), "exec")
        elif language == "c":
            assert all(name in header for name in re.findall(r"\b(tussis_\w+)\(", text))
        elif language == "sh" or (language == "" and "tussis" in text):
            for verb, *words in commands(text):
                if verb == "--version":
                    continue
                COMMANDS[verb].make_context(verb, words, resilient_parsing=False)
        else:
            assert language in OUTPUT


def test_a_wrong_line_would_be_noticed() -> None:
    ((verb, *words),) = commands("tussis detect my.wav --cvs x.csv   # a comment")
    with pytest.raises(Exception, match="No such option"):
        COMMANDS[verb].make_context(verb, words)


@pytest.mark.parametrize("page", RUN)
def test_python_of_a_page_runs_from_top_to_bottom(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for language, text in blocks(ROOT / "docs" / page):
        if language == "python":
            exec(compile(text, page, "exec"), names)
    assert (tmp_path / "found.png").read_bytes().startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, library: Callable[[str, str], ModuleType]) -> Path:
    """The site, built without a warning."""
    library("mkdocs", "docs")
    folder = tmp_path_factory.mktemp("docs") / "site"
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(build, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


_PLACE_HOLDER = re.compile(r"@@\w+|\b(?:TBD|FIXME|XXX)\b")


@pytest.mark.parametrize("text", ["| 29 | @@AP |", "@@x", "takes TBD ms", "FIXME: the figure"])
def test_a_place_holder_would_be_noticed(text: str) -> None:
    assert _PLACE_HOLDER.search(text)


def test_no_page_holds_the_place_of_a_figure_that_is_missing() -> None:
    root = Path(__file__).parents[1]
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "firmware_stub").rglob("*.md")]
    assert len(pages) > 20
    left = {str(page.relative_to(root)): _PLACE_HOLDER.findall(page.read_text("utf-8")) for page in pages}
    assert {page: found for page, found in left.items() if found} == {}


def test_the_search_works_from_a_disk(site: Path, tmp_path: Path, tool: Callable[..., str]) -> None:
    with Browser(tool("chromium", "chromium-browser"), tmp_path / "profile") as browser:
        browser.visit((site / "battery.html").as_uri(), until="document.readyState == 'complete'")
        box = "document.querySelector('.md-search__input')"
        browser.run(f"{box}.focus(), {box}.value = 'comparator', {box}.dispatchEvent(new Event('keyup'))")
        browser.wait("document.querySelector('.md-search-result__link')")
        found = browser.run("document.querySelector('.md-search-result__list').innerText")
        assert "comparator" in found.lower()
        assert browser.complaints == []
        assert all(url.startswith(("file:", "data:", "about:")) for url in browser.requests)


def test_the_site_asks_no_other_server(site: Path) -> None:
    pages = [*site.rglob("*.html")]
    assert len(pages) > 40
    for page in pages:
        text = page.read_text()
        assert not re.findall(r'(?:src|<link[^>]*href)="(?:https?:)?//[^"]*"', text), page
        for target in re.findall(r'(?:src|href)="([^"#?]+)[^"]*"', text):
            if page.name == "404.html":  # a server gives it for any address: its links start at the root
                continue
            local = "://" not in target and not target.startswith(("mailto:", "data:", "/"))
            assert not local or (page.parent / target).exists(), (page, target)


def test_links_to_other_pages_lead_to_their_place_in_the_site() -> None:
    relinked = helper("hooks").relinked
    guide = "[a](../firmware_stub/ports/live/README.md#b)"
    assert relinked(guide, "microphone.md") == "[a](firmware/worn-board.md#b)"
    assert relinked("[x](docs/battery.md)", "project/readme.md") == "[x](../battery.md)"
    assert relinked("[x](LICENSE)", "project/readme.md") == "x"
    assert relinked("![p](report-light.png)", "report.md") == "![p](report-light.png)"


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_s_notebook_is_that_of_its_page(page: Path) -> None:
    committed = page.with_suffix(".ipynb").read_text()
    assert committed == helper("notebooks").as_text(page.read_text()), "make docs"
    assert len(committed) < 20_000


@pytest.mark.slow
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_s_notebook_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: Callable[[str, str], ModuleType]
) -> None:
    nbclient, nbformat = library("nbclient", "docs"), library("nbformat", "docs")
    scripts = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{scripts}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    book = nbformat.from_dict(helper("notebooks").notebook(page.read_text(), to_run=True))
    nbformat.validate(book)
    nbclient.NotebookClient(
        book, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error"]
    shown = transcripts(book.cells)
    assert bool(shown) == (page.stem == "clone-to-board")
    for said, lines in shown:
        for line in filter(None, map(without_figures, lines.splitlines())):
            assert line in [without_figures(one) for one in said.splitlines()], line


def transcripts(cells: list[Any]) -> list[tuple[str, str]]:
    """What a cell printed, and the lines that the page shows below it."""
    found = []
    for before, after in pairwise(cells):
        shown = after.cell_type == "markdown" and after.source.startswith("```text")
        if before.cell_type == "code" and shown:
            said = "".join(one.get("text", "") for one in before.outputs)
            found.append((said, after.source.removeprefix("```text\n").removesuffix("```")))
    return found


def without_figures(line: str) -> str:
    """Figures change with every change of the training; words do not. Colours are not on the page."""
    plain = re.sub(r"\x1b\[[\d;]*m", "", line)
    return " ".join(re.sub(r"[\d.,]*\d[\d.,]*", "#", plain).split())
