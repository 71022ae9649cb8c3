"""A model card as Markdown, as one HTML page, and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from ...data.atomic import write_text_whole
from ...data.input_error import InputError
from .card import Card, CardTable

__all__ = ["as_html", "as_lines", "as_markdown", "write_card"]


def as_markdown(card: Card) -> str:
    """Give a card as Markdown.

    Examples
    --------
    >>> from tussis.export.card.card import Card, CardSection
    >>> print(as_markdown(Card("Detector x", (CardSection("Limits", "None known."),))))
    # Detector x
    <BLANKLINE>
    ## Limits
    <BLANKLINE>
    None known.
    <BLANKLINE>
    """
    parts = [f"# {card.title}"]
    for section in card.sections:
        parts.append(f"## {section.title}")
        parts += [section.text] if section.text else []
        parts += ["\n".join(f"- {point}" for point in section.points)] if section.points else []
        parts += [_markdown_table(section.table)] if section.table else []
    return "\n\n".join(parts) + "\n"


def _markdown_table(table: CardTable) -> str:
    rows = (table.head, ("---",) * len(table.head), *table.rows)
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


def as_html(card: Card) -> str:
    """Give a card as one page that needs nothing else; equal cards give equal bytes."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("tussis.export.card", "page_parts"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("card.html.j2").render(card=card) + "\n"


def as_lines(card: Card, width: int) -> Iterator[str]:
    """Give a card as lines of at most `width` characters; rows of tables become lists.

    Parameters
    ----------
    card
        The card.
    width
        Characters of the terminal.
    """
    yield card.title
    for section in card.sections:
        yield ""
        yield section.title.upper()
        if section.text:
            yield fill(section.text, width)
        for point in section.points:
            yield fill(point, width, initial_indent="- ", subsequent_indent="  ")
        if section.table is not None:
            for first, *rest in section.table.rows:
                named = ", ".join(
                    f"{name} {cell}" for name, cell in zip(section.table.head[1:], rest, strict=True)
                )
                said = rest[0] if len(rest) == 1 else named
                yield fill(f"{first}: {said}", width, initial_indent="- ", subsequent_indent="  ")


def write_card(card: Card, out: Path) -> Path:
    """Write a card as the ending of its name says: .md or .html.

    Parameters
    ----------
    card
        The card.
    out
        Where to.

    Raises
    ------
    InputError
        The name ends otherwise, or the file cannot be written.
    """
    ending = out.suffix.lower()
    if ending not in (".md", ".html"):
        raise InputError(out, "is neither Markdown nor HTML by its name", remedy="end it with .md or .html")
    return write_text_whole(out, as_markdown(card) if ending == ".md" else as_html(card))
