"""tussis: labelled audio and motion recordings in, a cough detector for a Cortex-M33 out."""

__version__ = "0.1.0"
