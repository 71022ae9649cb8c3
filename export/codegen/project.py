"""An exported project: the written C, what a detector generates, and how to build it, in one folder.

``include/``, ``src/``, ``app/`` and ``ports/`` are copied from the package; ``generated/`` comes from the
detector.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any

from ...data.atomic import folder_whole, write_bytes_whole
from ...data.input_error import InputError, reading
from ...data.json_text import json_text
from ...selection.detector.detector_file import Detector, load_detector, save_detector
from ...selection.detector.microphone import ALWAYS, Microphone
from ...selection.detector.pre_roll import PRE_ROLLS, PreRoll
from ..build.prefix import USUAL
from .config_source import config_header, detector_hash
from .export_options import ModelIn, Package, Trees
from .feature_source import feature_sources
from .front_end import FrontEnd
from .manifest import FORMAT, MANIFEST, VERSION, read_manifest
from .model_blob import blob_source, model_blob, refuse_other_inputs
from .packages import SPDX, flat_source, package_files
from .project_prefix import refuse_prefix, rename_files
from .selftest_source import selftest_source
from .tree_emitters import EMITTERS
from .user_files import added_sources, carry_over, changed_files, digest

__all__ = ["Project", "export_project", "generated_sources", "load_project", "usual_pre_roll", "write_model"]


FIRMWARE = Path(__file__).resolve().parents[2] / "firmware_stub"
LICENSE = FIRMWARE.parent / "LICENSE"
MODEL = "generated/model.bin"
COPIED = ("include", "src", "app", "ports", "examples")
_C_FILES = {".c", ".h", ".ld", ".S", ".md"}


@dataclass(frozen=True)
class Project:
    """An exported project on disk.

    Attributes
    ----------
    path : Path
        Folder of the project.
    manifest : mapping
        What ``manifest.json`` says: format, versions, how the trees were written, a hash of every file.
    """

    path: Path
    manifest: Mapping[str, Any]

    @cached_property
    def detector(self) -> Detector:
        """The detector it was generated from."""
        return load_detector(self.path / "detector.json")

    @property
    def files(self) -> Mapping[str, str]:
        """SHA-256 of every file that the export wrote but the manifest, by path."""
        return dict(self.manifest["files"])

    @property
    def changed_files(self) -> list[str]:
        """Names of files that differ from what was exported, or are gone; empty for an untouched project."""
        return changed_files(self.path, self.files)

    @property
    def added_sources(self) -> list[str]:
        """Names of C files and headers that were put where the export's own are compiled."""
        return added_sources(self.path, self.files)

    @property
    def microphone(self) -> Microphone:
        """How its microphone is run in gated mode."""
        return Microphone.parse(self.manifest.get("microphone", "always"))

    @property
    def pre_roll(self) -> PreRoll:
        """How it keeps the sound before an IMU hit."""
        return "raw" if self.manifest.get("pre_roll") == "raw" else "decimated"

    @property
    def model_in(self) -> ModelIn:
        """Where its models are."""
        return "flash-blob" if self.manifest.get("model_in") == "flash-blob" else "code"


def export_project(
    detector: Detector,
    out: str | PathLike[str],
    *,
    trees: Trees = "table",
    package: Package = "cmake",
    microphone: Microphone = ALWAYS,
    pre_roll: PreRoll | None = None,
    prefix: str = USUAL,
    force: bool = False,
    model_in: ModelIn = "code",
) -> Project:
    """Write a self-contained C project.

    Parameters
    ----------
    detector
        What to generate from.
    out
        Folder to make. One that an earlier export wrote is brought up to date: files that the export did not
        write stay, those that it wrote and nobody edited are replaced or removed. Any other folder with
        content is refused.
    trees
        ``"table"``: a table per model; ``"compact"``: the smallest one; ``"branches"``: nested ifs on
        integers, in fewest cycles; ``"m2cgen"``: nested ifs on floats.
    package
        Build system whose files are added to the CMake ones.
    microphone
        Always on, or following the gate, which costs the onset of a cough and saves most of its current.
    pre_roll
        How the sound before an IMU hit is kept: ``"decimated"`` takes least RAM, ``"raw"`` takes 13.6 kB
        more at 16 kHz and spares the decimator while the audio model sleeps. Events are the same. None:
        decimated, but raw where the detector has a sound level, which needs it.
    prefix
        What names, macros, files and the folder of headers begin with, so that two detectors link into one
        program.
    force
        Replace files that were edited since the earlier export, and files of yours that lie where this one
        writes; they are kept as ``NAME.bak``. Without it they are refused by name.
    model_in
        ``"code"``: the models are compiled in; ``"flash-blob"``: they are data, which costs cycles and flash
        and lets `write_model` make others that the firmware loads.

    Returns
    -------
    Project

    Raises
    ------
    InputError
        `out` cannot be written, holds something else, or was edited since its export; nothing is written
        then. A model exceeds a limit of the chosen form; a
        microphone shall follow the gate of a detector that has none; a raw pre-roll of a firmware that never
        sleeps, or that has no pre-roll; a prefix that is taken; models that are data and nested ifs at once.

    Examples
    --------
    >>> from tussis import load_detector
    >>> project = export_project(load_detector("default"), "firmware")
    >>> (project.path / "include" / "tussis" / "tussis.h").is_file()
    True
    """
    target = Path(out)
    refuse_prefix(prefix)
    pre_roll = pre_roll or usual_pre_roll(detector)
    sources = generated_sources(detector, trees, microphone, pre_roll, model_in)
    earlier = _earlier(target)
    with folder_whole(target, replace=earlier is not None) as folder:
        for name in COPIED:
            _copy_c(name, folder, flat=package == "arduino")
        (folder / "generated" / "tussis").mkdir(parents=True)
        for name, text in sources.items():
            (folder / "generated" / name).write_text(text, encoding="utf-8")
        if model_in == "flash-blob":
            (folder / MODEL).write_bytes(model_blob(detector, microphone))
        shutil.copyfile(LICENSE, folder / "LICENSE")
        save_detector(detector, folder / "detector.json")
        for name, text in package_files(
            detector, package, list(_files(folder)), microphone, pre_roll
        ).items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        rename_files(folder, prefix)
        made_with = {"trees": trees, "package": package, "microphone": str(microphone), "pre_roll": pre_roll}
        if prefix != USUAL:
            made_with["prefix"] = prefix
        if model_in != "code":
            made_with["model_in"] = model_in
        manifest = _manifest(folder, detector_hash(detector, microphone), made_with)
        (folder / MANIFEST).write_text(json_text(manifest, 1) + "\n", encoding="utf-8")
        if earlier is not None:
            carry_over(target, earlier.files, folder, force=force)
    return Project(target, manifest)


def load_project(path: str | PathLike[str]) -> Project:
    """Open an exported project.

    Raises
    ------
    InputError
        The folder is missing, is not a project, is of an incompatible version, or says of itself what no
        export writes.
    """
    return Project(Path(path), read_manifest(path))


def write_model(
    detector: Detector, out: str | PathLike[str], project: Project, *, source: str = "the detector"
) -> int:
    """Write a detector's models as a block that the firmware of a project loads (`tussis_load_model`).

    Parameters
    ----------
    detector
        Of the project's features and plans; trees, thresholds, event and gate parameters may be others.
    out
        File to write, whole or not at all.
    project
        What the firmware was built from; exported with ``model_in="flash-blob"``.
    source
        The detector's file, for an error.

    Returns
    -------
    int
        Bytes written.

    Raises
    ------
    InputError
        The project's models are code; features or plans differ, of which the first is named; the project
        is of another version of the C interface; `out` cannot be written.
    """
    if project.model_in != "flash-blob":
        raise InputError(
            project.path, "its models are code", remedy="export it with --model-in flash-blob, and build it"
        )
    refuse_other_inputs(detector, project.detector, source)
    block = model_blob(detector, project.microphone)
    with reading(project.path / MODEL, remedy="export again"):
        built = (project.path / MODEL).read_bytes()
    if built[:12] != block[:12]:
        raise InputError(
            project.path / MODEL, "is for another version of tussis", remedy="export and build again"
        )
    write_bytes_whole(out, block)
    return len(block)


def generated_sources(
    detector: Detector,
    trees: Trees = "table",
    microphone: Microphone = ALWAYS,
    pre_roll: PreRoll | None = None,
    model_in: ModelIn = "code",
) -> dict[str, str]:
    """C text generated from a detector, by file name."""
    pre_roll = pre_roll or usual_pre_roll(detector)
    _refuse_needless(detector, microphone, pre_roll)
    write = EMITTERS[trees]
    files = {
        "tussis/tussis_config.h": config_header(detector, microphone, pre_roll, model_in),
        **feature_sources(FrontEnd.of_detector(detector)),
    }
    if model_in == "flash-blob":
        if trees != "table":
            raise InputError(
                "--trees", f"{trees} is code, --model-in flash-blob is data", remedy="leave it out"
            )
        files["tussis_model_blob.c"] = blob_source(model_blob(detector, microphone))
    for part, model in (("audio", detector.audio), ("imu", detector.imu)):
        if model is not None and model_in == "code":
            head = f"/* Generated by `tussis export` from detector.json: do not edit. The {part} model. */\n"
            files[f"tussis_{part}_model.c"] = head + write(model.trees, f"tussis_{part}_margin")
    files["tussis_selftest_expected.c"] = selftest_source(detector)
    return {name: f"{SPDX}\n{text}" for name, text in files.items()}


def usual_pre_roll(detector: Detector) -> PreRoll:
    """Pre-roll of an export that names none."""
    return "decimated" if detector.sound_level is None else "raw"


def _refuse_deaf(microphone: Microphone, pre_roll: PreRoll) -> None:
    """Refuse what a detector with a sound level cannot do."""
    if microphone.gated:
        raise InputError(
            "--microphone",
            "the detector's sound level follows a microphone that always hears",
            remedy="use --microphone always, or a detector without sound_level",
        )
    if pre_roll != "raw":
        raise InputError(
            "--pre-roll",
            f"{pre_roll} filters what nobody asks for, the detector's sound level needs raw",
            remedy="leave it out, or use a detector without sound_level",
        )


def _refuse_needless(detector: Detector, microphone: Microphone, pre_roll: PreRoll) -> None:
    """Refuse what the detector cannot do, or would only pay RAM for."""
    if microphone != ALWAYS and (detector.audio is None or detector.imu is None):
        raise InputError(
            "--microphone",
            "a microphone that sleeps needs an audio and an IMU model, the detector lacks one",
            remedy="use --microphone always",
        )
    if pre_roll not in PRE_ROLLS:
        raise InputError("--pre-roll", f"unknown choice {pre_roll!r}", remedy=f"use {' or '.join(PRE_ROLLS)}")
    if detector.sound_level is not None:
        _refuse_deaf(microphone, pre_roll)
    elif pre_roll == "raw" and (detector.audio is None or detector.imu is None):
        raise InputError(
            "--pre-roll",
            "raw needs an audio and an IMU model, the detector lacks one: no audio model ever sleeps",
            remedy="use --pre-roll decimated",
        )
    if pre_roll == "raw" and microphone.gated:
        raise InputError(
            "--pre-roll",
            "raw does not go with --microphone gated: with the microphone off there is no pre-roll",
            remedy="leave one of them out",
        )


def _earlier(folder: Path) -> Project | None:
    """Find the project that a folder holds; None where it holds none."""
    try:
        return load_project(folder)
    except InputError:
        return None


def _copy_c(name: str, target: Path, flat: bool) -> None:
    for file in sorted((FIRMWARE / name).rglob("*")):
        if file.suffix in _C_FILES and file.is_file():
            path, text = (
                PurePosixPath(file.relative_to(FIRMWARE).as_posix()),
                file.read_text(encoding="utf-8"),
            )
            if flat:
                path, text = flat_source(path, text)
            copy = target / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text, encoding="utf-8")


def _manifest(folder: Path, identity: int, made_with: Mapping[str, str]) -> dict[str, Any]:
    from importlib.metadata import version

    return {
        "format": FORMAT,
        "version": VERSION,
        "created_by": f"tussis {version('tussis')}",
        "detector_hash": f"{identity:08x}",
        **made_with,
        "files": {name: digest(folder / name) for name in _files(folder)},
    }


def _files(folder: Path) -> Iterator[str]:
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield file.relative_to(folder).as_posix()
