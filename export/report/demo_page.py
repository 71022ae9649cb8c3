"""The demo's own report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...data.session_ref import SessionRef
from ...selection.detector.detector_file import Detector
from .report_page import Page
from .run_report import RunInputs, run_page

__all__ = ["demo_page"]

_DRAWN = 2


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
        f" {held_out['subjects']} people ({held_out['coughs']} coughs in"
        f" {held_out['hours'] * 60:.0f} minutes) it had not met. tussis {summary['tussis']}."
    )
    inputs = RunInputs(
        detector=detector,
        score={"event": summary["score"]["gated"], "by_mode": summary["score"], "sessions": []},
        parity=summary["parity"],
        cost=summary["cost"],
        recordings=shown[:_DRAWN],
        commands=summary["commands"],
    )
    page = run_page(inputs, title="tussis demo", audio=True)
    return replace(
        page, lead=lead, privacy="The sounds in this page are synthetic: nobody's voice is in it.", inputs=()
    )
