"""Libraries that only part of tussis needs, and the extra that installs each."""

from __future__ import annotations

__all__ = ["EXTRA_OF", "install_line"]

EXTRA_OF = {
    "pyarrow": "train",
    "sklearn": "train",
    "threadpoolctl": "train",
    "xgboost": "train",
    "capstone": "firmware",
    "elftools": "firmware",
    "m2cgen": "firmware",
    "serial": "firmware",
    "unicorn": "firmware",
    "ziglang": "firmware",
    "jinja2": "report",
    "vl_convert": "report",
    "sounddevice": "listen",
    "statsmodels": "study",
    "matplotlib": "plot",
    "pandas": "notebook",
    "dask": "dask",
    "distributed": "dask",
    "aiohttp": "remote",
    "fsspec": "remote",
    "gcsfs": "remote",
    "s3fs": "remote",
}
"""By the name that is imported; tests/test_project.py compares it with pyproject.toml and the imports."""


def install_line(module: str) -> str:
    """Say how a missing module is installed.

    Parameters
    ----------
    module
        Name that was imported, with or without submodules.

    Examples
    --------
    >>> install_line("unicorn"), install_line("numpy.linalg")
    ("pip install 'tussis[firmware]'", 'pip install tussis')
    """
    extra = EXTRA_OF.get(module.partition(".")[0])
    return f"pip install 'tussis[{extra}]'" if extra else "pip install tussis"
