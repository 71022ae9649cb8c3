"""The exported project: complete, reproducible, written whole, clean under every compiler's warnings."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.export.build.host_library import HostDetector, host_library, load_library
from tussis.export.build.project_files import firmware_sources, include_folders, library_sources
from tussis.export.build.toolchain import find_arm_toolchain, find_host_compiler
from tussis.export.codegen.config_source import detector_hash
from tussis.export.codegen.project import export_project, load_project
from tussis.export.emulator.execution import run_recording
from tussis.selection.detector.inference import detect
from tussis.selection.detector.microphone import Microphone

from ..conftest import make_detector, make_recording


def test_the_same_detector_gives_the_same_bytes(detector, project, tmp_path):
    again = export_project(detector, tmp_path / "again")
    assert again.manifest == project.manifest
    assert not again.changed_files
    assert load_project(again.path).detector == detector


def test_a_folder_that_is_no_project_is_refused(detector, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").write_text("dear")
    for force in (False, True):
        with pytest.raises(InputError, match="not empty"):
            export_project(detector, tmp_path / "thesis", force=force)
    assert (tmp_path / "thesis" / "chapter1.tex").read_text() == "dear"


def test_a_failed_export_leaves_the_old_one(detector, tmp_path, monkeypatch):
    out = tmp_path / "firmware"
    before = export_project(detector, out)
    monkeypatch.setattr("tussis.export.codegen.project.save_detector", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_project(detector, out, trees="m2cgen")
    assert load_project(out).manifest == before.manifest
    assert [p.name for p in tmp_path.iterdir()] == ["firmware"]


def test_changed_files_are_noticed(detector, tmp_path):
    project = export_project(detector, tmp_path / "firmware")
    (project.path / "src" / "detector" / "control.c").write_text("/* improved */")
    (project.path / "include" / "tussis.h").unlink()
    assert project.changed_files == ["include/tussis.h", "src/detector/control.c"]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"format": "tussis-project", "version": 99}',
        '{"format": "tussis-project", "version": 1}',
        '{"format": "tussis-project", "version": 1, "files": {"a": 1}}',
        '{"format": "tussis-project", "version": 1, "files": ["a"]}',
        '{"format": "tussis-project", "version": true, "files": {}}',
        '{"format": "tussis-project", "version": "1", "files": {}}',
        '{"format": "tussis-project", "version": 1, "files": {"a\\u0000": "0"}}',
    ],
)
def test_a_broken_manifest_is_named(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"manifest\.json"):
        load_project(tmp_path)
    with pytest.raises(InputError, match="run `tussis export` first"):
        load_project(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("created_by", 1),
        ("detector_hash", 12345678),
        ("detector_hash", "xyz"),
        ("trees", True),
        ("trees", "forest"),
        ("package", ["cmake"]),
        ("microphone", 5),
        ("microphone", "gated:99999"),
        ("microphone", "deaf"),
        ("pre_roll", {}),
        ("pre_roll", "cooked"),
        ("prefix", 3.5),
        ("prefix", "a b"),
        ("model_in", "cloud"),
    ],
)
def test_a_manifest_that_says_what_no_export_writes_is_refused_by_key(key, value, tmp_path):
    manifest = {"format": "tussis-project", "version": 1, "files": {}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert load_project(tmp_path).manifest == manifest
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, key: value}))
    with pytest.raises(InputError, match=rf"manifest\.json: {key}: is .*, which no export writes"):
        load_project(tmp_path)


def test_the_hash_follows_what_the_detector_does(detector):
    other = detector.model_copy(update={"gating": detector.gating.model_copy(update={"hold_s": 0.5})})
    renamed = detector.model_copy(
        update={"provenance": detector.provenance.model_copy(update={"command": "x"})}
    )
    assert detector_hash(other) != detector_hash(detector) == detector_hash(renamed)


COMPILERS = ["gcc", "clang", "zig"]


def test_a_microphone_needs_a_gate_to_follow(detector, tmp_path):
    for lacking in ("audio", "imu"):
        lone = detector.model_copy(update={lacking: None})
        with pytest.raises(InputError, match="--microphone always"):
            export_project(lone, tmp_path / "firmware", microphone=Microphone.parse("gated"))
    assert not (tmp_path / "firmware").exists()


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize(
    ("trees", "microphone", "pre_roll"),
    [
        ("table", "always", "decimated"),
        ("branches", "always", "decimated"),
        ("m2cgen", "always", "decimated"),
        ("table", "gated", "decimated"),
        ("table", "always", "raw"),
    ],
)
def test_every_file_is_clean_under_all_warnings(
    detector, tmp_path, compiler, trees, microphone, pre_roll, monkeypatch
):
    if compiler != "zig" and shutil.which(compiler) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{compiler} is missing")
        pytest.skip(f"{compiler} is not installed")
    project = export_project(
        detector,
        tmp_path / "firmware",
        trees=trees,
        microphone=Microphone.parse(microphone),
        pre_roll=pre_roll,
    )
    if compiler == "zig":
        toolchain, port = find_arm_toolchain("zig"), "virtual"
    else:
        monkeypatch.setenv("CC", compiler)
        toolchain, port = find_host_compiler(), "host"
    root = project.path
    sources = [*firmware_sources(root), *sorted((root / "ports" / port).glob("*.c"))]
    if trees != "table":  # the rest is as with tables
        sources = [source for source in sources if source.name.endswith("_model.c")]
    if pre_roll == "raw":
        sources = [source for source in sources if source.name in ("audio_stage.c", "pre_roll.c", "tussis.c")]
        assert len(sources) == 3
    strict = ["-Werror", "-Wcast-qual", "-Wformat=2", "-Wnull-dereference", "-Wvla"]
    with ThreadPoolExecutor(2) as pool:
        list(
            pool.map(
                lambda s: toolchain.build([s], "object", include=include_folders(root), extra_flags=strict),
                sources,
            )
        )


def confidences(root, package, recording):
    """Build a project's library for this machine and run it in gated mode."""
    if package == "arduino":
        sources, include = sorted((root / "src").rglob("*.c")), [root / "src"]
    else:
        sources, include = library_sources(root), include_folders(root)
    c = HostDetector(load_library(find_host_compiler().build(sources, "shared", include=include)))
    return [event.confidence for event in run_recording(c, recording, "gated").events]


class TestPackages:
    """Each is built by the rules of its system, as far as they can be followed without it."""

    def build(self, sources, include, flags=()):
        recording = make_recording(21, seconds=4)
        settings = {"defines": {"TUSSIS_SKEW_MS": 8000}, "extra_flags": flags}
        c = HostDetector(
            load_library(find_host_compiler().build(sources, "shared", include=include, **settings))
        )
        return [e.confidence for e in run_recording(c, recording, "gated").events]

    @pytest.fixture
    def expected(self, detector):
        found = [e.confidence for e in detect(make_recording(21, seconds=4), detector, "gated").events]
        assert found
        return found

    def test_arduino(self, detector, tmp_path, expected):
        root = export_project(detector, tmp_path / "firmware", package="arduino").path
        # everything below src/ is compiled, with src/ alone on the include path and contraction left on
        found = self.build(sorted((root / "src").rglob("*.c")), [root / "src"], ["-ffp-contract=fast"])
        assert found == expected
        properties = dict(
            line.split("=", 1) for line in (root / "library.properties").read_text().splitlines()
        )
        assert {"name", "version", "author", "maintainer", "sentence", "architectures"} <= set(properties)

    def test_platformio(self, detector, tmp_path, expected):
        root = export_project(detector, tmp_path / "firmware", package="platformio").path
        build = json.loads((root / "library.json").read_text())["build"]
        globs = [re.fullmatch(r"\+<(.*)>", entry).group(1) for entry in build["srcFilter"][1:]]
        sources = sorted(file for pattern in globs for file in (root / build["srcDir"]).glob(pattern))
        folders = [root / flag[3:] for flag in build["flags"] if flag.startswith("-I ")]
        assert self.build(sources, [root / build["includeDir"], *folders]) == expected

    def test_zephyr(self, detector, tmp_path):
        root = export_project(detector, tmp_path / "firmware", package="zephyr").path
        module = (root / "zephyr" / "module.yml").read_text()
        assert "cmake: zephyr" in module
        assert "kconfig: zephyr/Kconfig" in module
        text = (root / "zephyr" / "CMakeLists.txt").read_text()
        for word in re.findall(r"\$\{root\}/(\w+)", text):
            assert (root / word).is_dir()

    @pytest.mark.parametrize("package", ["cmake", "platformio", "zephyr", "arduino"])
    def test_a_microphone_that_follows_the_gate_reaches_every_package(self, detector, tmp_path, package):
        microphone = Microphone.parse("gated:48")
        project = export_project(detector, tmp_path / "firmware", package=package, microphone=microphone)
        root = project.path
        assert load_project(root).microphone == microphone
        assert "within 48 ms" in (root / "README.md").read_text()
        assert f"{detector_hash(detector, microphone):08x}" == project.manifest["detector_hash"]
        assert detector_hash(detector, microphone) != detector_hash(detector)
        recording = make_recording(21)
        expected = [e.confidence for e in detect(recording, detector, "gated", microphone=microphone).events]
        assert confidences(root, package, recording) == expected
        assert len(expected) > 2
        assert not project.changed_files

    @pytest.mark.parametrize("package", ["cmake", "platformio", "zephyr", "arduino"])
    def test_a_raw_pre_roll_reaches_every_package(self, detector, tmp_path, package):
        project = export_project(detector, tmp_path / "firmware", package=package, pre_roll="raw")
        root = project.path
        assert load_project(root).pre_roll == project.manifest["pre_roll"] == "raw"
        assert "pre-roll holds the microphone's samples" in (root / "README.md").read_text()
        assert f"{detector_hash(detector):08x}" == project.manifest["detector_hash"]  # it finds the same
        usual = export_project(detector, tmp_path / "usual", package=package)
        assert load_project(usual.path).pre_roll == "decimated"
        recording = make_recording(21)
        expected = [e.confidence for e in detect(recording, detector, "gated").events]
        assert confidences(root, package, recording) == expected
        assert len(expected) > 2
        assert not project.changed_files

    def test_every_package_keeps_the_cmake_build(self, detector, tmp_path):
        for package in ("platformio", "zephyr", "arduino"):
            project = export_project(detector, tmp_path / package, package=package)
            assert project.manifest["package"] == package
            assert (project.path / "CMakeLists.txt").is_file()
            assert not project.changed_files


def test_the_program_refuses_what_it_cannot_do(project, tmp_path):
    root = project.path
    port = root / "ports" / "host"
    program = find_host_compiler().build(
        [*library_sources(root), port / "main.c"], "program", include=include_folders(root)
    )
    for arguments in (["-m", "video"], ["-x"], ["-m"], ["-i", str(tmp_path / "none")], ["-m", "gated"]):
        ran = subprocess.run([program, *arguments], input=b"", capture_output=True, check=False)
        assert ran.returncode == 2
        assert len(ran.stderr.decode().splitlines()) == 1


@pytest.mark.parametrize("lacking", ["audio", "imu"])
def test_a_detector_with_one_model_is_whole(detector, tmp_path, lacking):
    lone = detector.model_copy(update={lacking: None})
    project = export_project(lone, tmp_path / "firmware")
    c = HostDetector(host_library(project))
    mode = "imu" if lacking == "audio" else "audio"
    recording = make_recording(22)
    expected = detect(recording, lone, mode)
    trace = run_recording(c, recording, mode)
    assert [e.confidence for e in trace.events] == [e.confidence for e in expected.events]
    assert len(trace.events) > 2
    with pytest.raises(InputError, match="no model for mode gated"):
        c.start("gated")
    find_arm_toolchain().compile_elf(project)


@pytest.mark.parametrize("rate_hz", [8000, 48000])
def test_other_plans(rate_hz, tmp_path):
    from tussis.signal.plan import AudioPlan, ImuPlan

    plan = AudioPlan(input_rate_hz=rate_hz, window_blocks=3, mel_bands=24)
    odd = make_detector(n_trees=6, audio_plan=plan, imu_plan=ImuPlan(window=60, hop=20, frame=4))
    recording = make_recording(23, seconds=6, rate_hz=rate_hz)
    c = HostDetector(host_library(export_project(odd, tmp_path / "firmware")))
    for mode in ("audio", "imu", "gated"):
        expected = detect(recording, odd, mode)
        trace = run_recording(c, recording, mode)
        assert [e.confidence for e in trace.events] == [e.confidence for e in expected.events]
        assert all(np.array_equal(w.features, expected.audio_features[i]) for i, w in trace.audio.items())
        assert all(np.array_equal(w.features, expected.imu_features[i]) for i, w in trace.imu.items())


def test_generated_c_says_where_it_comes_from(project):
    for file in (project.path / "generated").rglob("*.[ch]"):
        assert re.search(r"[Gg]enerated by `tussis export`", file.read_text()), file.name


def test_manifest_lists_every_file(project):
    there = {p.relative_to(project.path).as_posix() for p in project.path.rglob("*") if p.is_file()}
    assert set(project.manifest["files"]) == there - {"manifest.json"}
    assert json.loads((project.path / "manifest.json").read_text()) == project.manifest
