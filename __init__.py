"""tussis: labelled audio and motion recordings in, a cough detector for a Cortex-M33 out.

The public names stand in ``__init__.pyi``. Each is loaded when first used, so that ``import tussis``
costs nothing.

>>> import tussis
>>> detector = tussis.load_detector("default")
>>> folder = tussis.write_dataset("recordings", subjects=1, sessions_per_subject=1, session_s=10.0)
>>> recording = tussis.load_recording(folder)
>>> len(tussis.detect(recording, detector).events) > 0
True
"""

from __future__ import annotations

import lazy_loader

__version__ = "0.1.0"

_FEATURE_KERNELS = f"{__name__}.export.host.feature_kernels"
"""What computes features in place of NumPy, for `tussis.signal.host_kernels`, which cannot import it."""

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]


def __getattr__(name: str) -> object:
    """Load a public name; where a library of an extra is missing, name the extra."""
    try:
        return _load(name)
    except ModuleNotFoundError as error:
        from .data.extras import EXTRA_OF, install_line

        library = str(error.name).partition(".")[0]
        if library not in EXTRA_OF:
            raise
        text = f"tussis.{name} needs {library}, which is not installed: {install_line(library)}"
        raise ModuleNotFoundError(text, name=error.name) from error
