"""Compiled detectors as they are loaded."""

import pytest

from tussis.data.input_error import InputError
from tussis.export.build.host_library import load_library


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"no library", b"\x7fELF" + bytes(5000)])
def test_a_damaged_library_is_named_with_what_to_do(tmp_path, content):
    file = tmp_path / "library.so"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"library\.so: cannot be loaded: .*; delete it"):
        load_library(file)
