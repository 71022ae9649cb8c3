"""The table of stages against the C and the wire: no name in it may be left behind by a renaming."""

from __future__ import annotations

import dataclasses
import re

from tussis.export.codegen.project import FIRMWARE, generated_sources
from tussis.export.estimate.stages import POST_PROCESSING_FILE, STAGE_ROOTS, STAGES
from tussis.firmware_stub.protocol.messages import Stages
from tussis.selection.detector.detector_file import load_detector


def test_every_root_is_a_function_of_the_c() -> None:
    written = "".join(path.read_text() for path in (FIRMWARE / "src").rglob("*.c"))
    code = written + "".join(generated_sources(load_detector("default")).values())
    missing = [
        root.function
        for root in STAGE_ROOTS
        if not re.search(rf"^[\w *]+\b{root.function}\([^;]*?\)\s*{{", code, re.MULTILINE)
    ]
    assert missing == []
    assert len(list((FIRMWARE / "src").rglob(POST_PROCESSING_FILE))) == 1


def test_the_names_are_unambiguous() -> None:
    assert len({root.function for root in STAGE_ROOTS}) == len(STAGE_ROOTS)
    kernels = [root.kernel for root in STAGE_ROOTS if root.kernel]
    assert len(set(kernels)) == len(kernels) == 5


def test_a_board_reports_the_same_stages() -> None:
    fields = [field.name for field in dataclasses.fields(Stages)]
    assert fields[fields.index("longest_call") + 1 :] == [re.sub(r"\W", "_", stage) for stage in STAGES]
