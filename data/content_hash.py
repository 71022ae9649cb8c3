"""A hash of what a recording holds: what is computed from it goes by that, not by names and times."""

from __future__ import annotations

import hashlib
from pathlib import Path

from .remote.cached_file import content_sha256
from .session_ref import SessionRef

__all__ = ["content_hash", "session_files"]


def session_files(reference: SessionRef) -> list[Path]:
    """List the files of a session in order; of a clip its sound, and its labels where it has some."""
    path, clip = reference.path, reference.clip
    files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
    if clip is not None and clip.labels_path is not None:
        files.append(clip.labels_path)
    return files


def content_hash(reference: SessionRef) -> str:
    """Return the hash of all files of a session; of a clip also of what its set says about it."""
    digest = hashlib.sha256()
    if (clip := reference.clip) is not None:
        digest.update(f"{clip.sound}{clip.spans_s}".encode())
    for file in session_files(reference):
        digest.update(f"{file.name}\0{content_sha256(file)}\n".encode())
    return digest.hexdigest()
