"""Linear algebra on one thread, as `rank` has it."""

import pytest

from tussis.selection.importance.normal_scores import one_thread


@pytest.fixture(autouse=True)
def _one_thread():
    with one_thread():
        yield
