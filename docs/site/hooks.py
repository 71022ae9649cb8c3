"""What mkdocs asks of this project: pages that lie elsewhere, links to what is not a page."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = {
    "README.md": "project/readme.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "RELIABILITY.md": "project/reliability.md",
    "firmware_stub/PROTOCOL.md": "firmware/protocol.md",
    "firmware_stub/ports/template/README.md": "firmware/porting.md",
    "firmware_stub/ports/live/README.md": "firmware/worn-board.md",
    "firmware_stub/packages/cmake/README.md": "firmware/cmake.md",
    "firmware_stub/packages/zephyr/README.md": "firmware/zephyr.md",
    "firmware_stub/packages/platformio/README.md": "firmware/platformio.md",
    "firmware_stub/packages/arduino/README.md": "firmware/arduino.md",
}
"""Place of a page in the repository, and in the site."""

_SOURCE_OF = {page: source for source, page in ELSEWHERE.items()}
_SHIM = re.compile(r'<script src="https://unpkg\.com/iframe-worker/shim"></script>')
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#]+)(#[^)\s]*)?\)")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that lie outside ``docs``."""
    from mkdocs.structure.files import File

    for source, page in ELSEWHERE.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **others: Any) -> str:
    """Lead links to where pages are in the site; a link to a file that is not a page becomes its words."""
    return relinked(markdown, str(page.file.src_uri))


def on_post_page(output: str, page: Any, **others: Any) -> str:
    """Put our own script in place of the one that the theme would load from elsewhere, for the search."""
    return _with_search(output)


def on_post_template(output_content: str, template_name: str, **others: Any) -> str:
    """Do the same for the page of addresses that do not exist."""
    return _with_search(output_content)


def _with_search(output: str) -> str:
    script = (ROOT / "docs/site/search_from_files.js").read_text(encoding="utf-8")
    return _SHIM.sub(lambda found: f"<script>\n{script}</script>", output)


def relinked(markdown: str, page: str) -> str:
    """Change the links of one page.

    Parameters
    ----------
    markdown
        Its text.
    page
        Its place in the site.
    """
    source = PurePosixPath(_SOURCE_OF.get(page, f"docs/{page}"))

    def place(found: re.Match[str]) -> str:
        picture, words, target, anchor = found.groups(default="")
        if "://" in target or target.startswith("mailto:"):
            return found.group()
        path = os.path.normpath(source.parent / target)
        there = ELSEWHERE.get(path) or (path.removeprefix("docs/") if path.startswith("docs/") else "")
        if not there and (ROOT / path).exists():
            return words
        return f"{picture}[{words}]({os.path.relpath(there or path, PurePosixPath(page).parent)}{anchor})"

    return _LINK.sub(place, markdown)
