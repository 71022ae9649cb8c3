"""The demo's own report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...data.session_ref import SessionRef
from ...selection.detector.detector_file import Detector
from .cost_sections import cost_figures, cost_sections, parity_section
from .detector_sections import detector_sections
from .report_page import Figure, Page, Section
from .score_sections import score_figures, score_section
from .session_views import session_views

__all__ = ["SESSIONS_TEXT", "demo_page"]

SESSIONS_TEXT = (
    "Each recording on one time line: the sound, its mel spectrogram (loud is dark; light in the dark theme),"
    " the acceleration, the probabilities of both models against their thresholds (dashed), and what is labelled,"
    " found and wrong. Plus and minus zoom, arrow keys move; an error's button, or a click on its bar, goes there"
    " and plays the second around it where sound is embedded."
)


def demo_page(summary: Mapping[str, Any], detector: Detector, shown: Sequence[SessionRef]) -> Page:
    """Put the demo's report together.

    Parameters
    ----------
    summary
        What `tussis.export.report.demo` writes to ``summary.json``.
    detector
        What it trained.
    shown
        Held-out recordings, the one to show first first; two of them are drawn.
    """
    train, held_out = summary["dataset"]["train"], summary["dataset"]["held_out"]
    lead = (
        f"A cough detector trained on {train['subjects']} synthetic people ({train['coughs']} coughs in"
        f" {train['hours'] * 60:.0f} minutes), exported to C, executed on an emulated Cortex-M33, scored on"
        f" {held_out['subjects']} people ({held_out['coughs']} coughs in {held_out['hours'] * 60:.0f} minutes)"
        f" it had not met. tussis {summary['tussis']}."
    )
    differing = Figure(
        str(summary["parity"]["differing_events"]), "events that differ between Python, C and M33"
    )
    return Page(
        "tussis demo",
        lead,
        (*score_figures(summary["score"]["gated"], where="gated"), *cost_figures(summary["cost"]), differing),
        (
            Section("Recordings", SESSIONS_TEXT, sessions=session_views(shown[:2], detector, audio=True)),
            score_section(summary["score"]),
            *detector_sections(detector),
            *cost_sections(summary["cost"]),
            parity_section(summary["parity"]),
            Section(
                "Repeat it", "Same seed and versions give the same bytes.", lines=tuple(summary["commands"])
            ),
        ),
        privacy="The sounds in this page are synthetic: nobody's voice is in it.",
    )
