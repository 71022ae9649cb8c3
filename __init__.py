"""tussis: labelled audio and motion recordings in, a cough detector for a Cortex-M33 out.

The public names stand in ``__init__.pyi``. Each is loaded when first used, so that ``import tussis`` costs
nothing.

>>> import tussis
>>> detector = tussis.load_detector("default")
>>> recording = tussis.load_recording("my.wav")  # doctest: +SKIP
>>> tussis.detect(recording, detector).events  # doctest: +SKIP
(Event(start_s=3.152, end_s=3.552, confidence=0.97),)
"""

from __future__ import annotations

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
