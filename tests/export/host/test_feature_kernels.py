"""Features by the firmware's C on this machine: the bits of NumPy, or NumPy itself."""

from __future__ import annotations

import errno
import json
import logging
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import tussis
from tussis.data.input_error import InputError
from tussis.export.build.compiler_run import CompileError
from tussis.export.build.toolchain import Toolchain, find_host_compiler
from tussis.export.host import feature_kernels
from tussis.export.host.feature_check import (
    difference_of_motion,
    difference_of_sound,
    made_motion,
    made_sound,
)
from tussis.export.host.feature_kernels import CAudioKernel, FeatureKernels
from tussis.selection.windows.feature_files import WindowPlans, _prepare_kernels
from tussis.signal import host_kernels
from tussis.signal.audio_features import audio_features
from tussis.signal.catalogue import feature_ids
from tussis.signal.host_kernels import audio_kernel, motion_kernel, without_kernels
from tussis.signal.imu_features import imu_features
from tussis.signal.plan import AudioPlan, ImuPlan

PLANS = [
    AudioPlan(),
    AudioPlan(input_rate_hz=8000, mel_fmin_hz=200.0),
    AudioPlan(window_blocks=3, mel_bands=8),
]


@pytest.fixture(autouse=True)
def from_the_first_sample(monkeypatch):
    monkeypatch.setenv("TUSSIS_KERNELS", "c")


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """A process that has found nothing yet, and an empty cache."""
    monkeypatch.setenv("TUSSIS_CACHE", str(tmp_path))
    source = FeatureKernels()
    monkeypatch.setattr(feature_kernels, "SOURCE", source)
    monkeypatch.setattr(host_kernels, "_seconds", {"audio": 0.0, "motion": 0.0})
    return source


def same_table(ours, theirs):
    assert ours.ids == theirs.ids
    assert len(ours.values) == len(theirs.values)
    for name in ("values", "level"):
        ours_bits, theirs_bits = (
            np.ascontiguousarray(getattr(t, name)).view(np.uint32) for t in (ours, theirs)
        )
        np.testing.assert_array_equal(ours_bits, theirs_bits)
    np.testing.assert_array_equal(ours.start_s, theirs.start_s)
    np.testing.assert_array_equal(ours.end_s, theirs.end_s)


def check_sound(pcm, plan=None, **more):
    found = audio_features(pcm, plan, **more)
    with without_kernels():
        wanted = audio_features(pcm, plan, **more)
    same_table(found, wanted)
    return found


def check_motion(imu, plan=None, **more):
    found = imu_features(imu, plan, **more)
    with without_kernels():
        wanted = imu_features(imu, plan, **more)
    same_table(found, wanted)
    return found


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_sound_in_every_plan(plan):
    assert len(check_sound(made_sound(plan), plan).values) > 80


@pytest.mark.parametrize("n", [0, 1, 255, 8190, 8191, 8192, 8193, 10239, 10240, 16001])
def test_sound_of_any_length(n):
    """One window is 32 frames of 256 samples, of which the decimator needs the first of the last two."""
    found = check_sound(made_sound(AudioPlan())[40_000 : 40_000 + n])
    assert len(found.values) == (0 if n < 8191 else 1 if n < 10239 else 2 if n < 12287 else 4)


@pytest.mark.parametrize("n", [0, 1, 5000])
def test_silence_fills_up_to_a_window(n):
    assert len(check_sound(made_sound(AudioPlan())[50_000 : 50_000 + n], at_least=32).values) == 1


def test_sound_that_does_not_lie_in_a_row():
    stereo = np.stack([made_sound(AudioPlan()), np.full(192007, 99, np.int16)], axis=1)
    records = np.zeros(192007, [("pcm", np.int16), ("mark", np.uint8)])  # 3 bytes each
    records["pcm"] = stereo[:, 0]
    views = (stereo[:, 0], stereo[::-1, 0], made_sound(AudioPlan())[::3], stereo[:0, 0], records["pcm"])
    for view in (*views, records["pcm"][::-1]):
        check_sound(view)
    pcm = made_sound(AudioPlan())
    pcm.flags.writeable = False
    check_sound(pcm)


def test_stretches_join_without_a_seam(monkeypatch):
    monkeypatch.setattr(feature_kernels, "STRETCH_WINDOWS", 3)
    said = []
    check = check_sound(made_sound(AudioPlan()), done=lambda done, total: said.append((done, total)))
    assert said[0] == (24, 750)
    assert said[-1][0] == len(check.level) == 750


def test_some_features_in_any_order():
    rng = np.random.default_rng(4)
    for modality, check, made in (
        ("audio", check_sound, made_sound(AudioPlan())),
        ("imu", check_motion, made_motion(ImuPlan())),
    ):
        ids = rng.permutation(feature_ids(modality))[:7].tolist()
        assert check(made, ids=ids).ids == tuple(ids)
        with pytest.raises(KeyError, match="nonsense"):
            check(made, ids=["nonsense"])


def test_a_refused_array_is_refused_with_and_without():
    for wrong in (np.zeros(16000, np.float32), np.zeros((16000, 2), np.int16)):
        with pytest.raises(TypeError, match="one-dimensional int16"):
            audio_features(wrong)


@pytest.mark.parametrize("n", [0, 1, 49, 50, 74, 75, 400])
def test_motion_of_any_length(n):
    found = check_motion(made_motion(ImuPlan())[1300 : 1300 + n])
    assert len(found.values) == max(0, (n - 50) // 25 + 1)


def test_motion_in_another_plan_and_not_in_a_row():
    check_motion(made_motion(ImuPlan()), ImuPlan(rate_hz=50, window=32, hop=8, frame=4))
    wide = np.repeat(made_motion(ImuPlan()), 2, axis=1)
    check_motion(wide[:, ::2])
    check_motion(made_motion(ImuPlan())[::-1].astype(np.float64))


def holes():
    """Samples that lack something, or hold what no sensor gives."""
    for name, rows, columns, value in (
        ("no gyroscope", slice(None), slice(3, 6), np.nan),
        ("a gap of the gyroscope", slice(60, 90), slice(3, 6), np.nan),
        ("a gap", slice(60, 90), slice(0, 6), np.nan),
        ("an infinity", 100, 4, np.inf),
        ("a huge value", 100, 1, 1e30),
        ("denormal", slice(None), slice(0, 6), 1e-41),
    ):
        imu = made_motion(ImuPlan())[1200:1600].copy()
        imu[rows, columns] = value
        yield pytest.param(imu, id=name)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("imu", list(holes()))
def test_motion_with_holes(imu):
    found, kernel = imu_features(imu), motion_kernel(ImuPlan(), 1.0)
    assert kernel is not None
    with without_kernels():
        wanted = imu_features(imu)
    np.testing.assert_array_equal(found.values, wanted.values)
    assert np.array_equal(np.isnan(found.values), np.isnan(wanted.values))


def test_the_kernels_are_really_called(monkeypatch):
    called = []
    monkeypatch.setattr(
        CAudioKernel, "__call__", lambda *_: called.append(1) or (np.zeros((0, 0)), np.zeros(0))
    )
    audio_features(np.zeros(100, np.int16))
    with without_kernels():
        audio_features(np.zeros(100, np.int16))
    assert called == [1]


def test_without_kernels_is_of_one_thread():
    found = []
    with without_kernels():
        thread = threading.Thread(target=lambda: found.append(audio_kernel(AudioPlan(), 1.0)))
        thread.start()
        thread.join()
        assert audio_kernel(AudioPlan(), 1.0) is None
    assert found[0] is not None is not audio_kernel(AudioPlan(), 1.0)


def test_many_threads_at_once():
    pcm = made_sound(AudioPlan())
    with without_kernels():
        wanted = audio_features(pcm)
    found = [None] * 6
    threads = [
        threading.Thread(target=lambda i=i: found.__setitem__(i, audio_features(pcm)))
        for i in range(len(found))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for table in found:
        same_table(table, wanted)


def test_a_wrong_choice_is_one_line(monkeypatch):
    monkeypatch.setenv("TUSSIS_KERNELS", "fast")
    with pytest.raises(InputError, match=r"TUSSIS_KERNELS.*'fast' is unknown.*auto, c or numpy"):
        audio_kernel(AudioPlan(), 1.0)


def test_short_work_never_looks(fresh, monkeypatch):
    monkeypatch.setenv("TUSSIS_KERNELS", "auto")
    monkeypatch.setattr(fresh, "_kernel", lambda *_: pytest.fail("it looked"))
    for _ in range(5):
        assert audio_kernel(AudioPlan(), 11.0) is None


def test_long_work_compiles_once_and_later_processes_find_it(fresh, monkeypatch):
    monkeypatch.setenv("TUSSIS_KERNELS", "auto")
    assert motion_kernel(ImuPlan(), 100.0) is None  # it looked, and compiled nothing
    assert fresh.state(ImuPlan()) == "absent"
    assert motion_kernel(ImuPlan(), 0.0, coming_s=1800.0) is not None
    assert fresh.state(ImuPlan()) == "equal"
    monkeypatch.setattr(Toolchain, "build", lambda *_, **__: pytest.fail("it compiled again"))
    monkeypatch.setattr(feature_kernels, "SOURCE", FeatureKernels())
    assert motion_kernel(ImuPlan(), 100.0) is not None


@pytest.mark.parametrize(("seconds", "state"), [(1799, "absent"), (600 + 1300, "equal")])
def test_a_large_dataset_compiles_before_workers_start(fresh, monkeypatch, seconds, state):
    monkeypatch.setenv("TUSSIS_KERNELS", "auto")
    said = []
    coming = [SimpleNamespace(whole_seconds=600), SimpleNamespace(whole_seconds=seconds - 600)]
    plans = WindowPlans(AudioPlan(), ImuPlan())
    _prepare_kernels(coming, plans, lambda *step: said.append(step))
    assert {fresh.state(AudioPlan()), fresh.state(ImuPlan())} == {state}
    assert said == ([("compiling", step, 2) for step in range(3)] if state == "equal" else [])


def test_other_bits_are_found_kept_and_said_once(fresh, monkeypatch, caplog):
    monkeypatch.setenv("TUSSIS_KERNELS", "auto")
    build = Toolchain.build

    def careless(self, *arguments, extra_flags=(), **more):
        # Not -ffast-math: with it gcc's library lets this whole process take denormals for zero.
        other = ("-freciprocal-math", "-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math")
        return build(self, *arguments, extra_flags=(*extra_flags, *other), **more)

    monkeypatch.setattr(Toolchain, "build", careless)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert motion_kernel(ImuPlan(), 3000.0) is None
    said = [record.message for record in caplog.records]
    assert len(said) == 1
    assert "computed by NumPy, not by C: other bits than NumPy in " in said[0]
    assert fresh.state(ImuPlan()) == "unequal"
    monkeypatch.setattr(Toolchain, "build", lambda *_, **__: pytest.fail("it compiled again"))
    again = FeatureKernels()
    assert again.motion(ImuPlan(), compiling=True, forced=False) is None
    with pytest.raises(InputError, match="other bits than NumPy"):
        again.motion(ImuPlan(), compiling=True, forced=True)


@pytest.mark.parametrize(
    ("fault", "kept"),
    [
        (CompileError(["cc"], ["error: what is this?"]), True),
        (CompileError(["cc"], ["it ended by signal SIGKILL"]), False),
        (OSError(errno.ENOSPC, "No space left on device"), False),
    ],
    ids=["refused", "killed", "disk full"],
)
def test_only_faults_that_stay_are_kept(fresh, monkeypatch, fault, kept):
    monkeypatch.setenv("TUSSIS_KERNELS", "auto")

    def fail(*_, **__):
        raise fault

    monkeypatch.setattr(Toolchain, "build", fail)
    assert motion_kernel(ImuPlan(), 3000.0) is None
    assert fresh.state(ImuPlan()) == ("unequal" if kept else "absent")
    with without_kernels():
        wanted = imu_features(made_motion(ImuPlan()))
    same_table(imu_features(made_motion(ImuPlan())), wanted)


def test_a_disk_that_is_full_while_the_library_is_copied_is_not_kept(fresh, monkeypatch):
    monkeypatch.setenv("TUSSIS_KERNELS", "auto")

    def half(source, target):
        Path(target).write_bytes(Path(source).read_bytes()[:500])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(feature_kernels.shutil, "copy", half)
        assert motion_kernel(ImuPlan(), 3000.0) is None
    assert fresh.state(ImuPlan()) == "absent"
    assert FeatureKernels().motion(ImuPlan(), compiling=True, forced=False) is not None


@pytest.mark.parametrize("damage", ["flipped", "cut"])
def test_a_damaged_library_is_made_again_and_never_loaded(fresh, monkeypatch, tmp_path, damage):
    assert fresh.motion(ImuPlan(), compiling=True, forced=True) is not None
    library = next((tmp_path / "builds").glob("features-*/libtussis.*"))
    whole = library.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
    library.unlink()  # this process has the other one loaded
    library.write_bytes(flipped if damage == "flipped" else whole[:middle])
    assert FeatureKernels().motion(ImuPlan(), compiling=False, forced=False) is not None
    assert library.read_bytes() == whole


@pytest.mark.parametrize(
    ("words", "code", "passing"),
    [
        (b"error: \xff\xfe", 1, False),
        (b"cc1: fatal error: x.o: No space left on device", 1, True),
        (b"gcc: fatal error: Killed signal terminated program cc1", 1, True),
        (b"", -9, True),
    ],
)
def test_what_a_compiler_says_is_read(tmp_path, words, code, passing):
    program = f"import os, sys; sys.stderr.buffer.write({words!r}); sys.stderr.flush()"
    program += "; os.kill(os.getpid(), 9)" if code < 0 else f"; sys.exit({code})"
    from tussis.export.build.compiler_run import run_compiler

    with pytest.raises(CompileError) as caught:
        run_compiler([sys.executable, "-c", program], tmp_path / "x.o")
    assert caught.value.passing is passing
    assert b"\xff" not in words or r"\xff\xfe" in caught.value.reason


def test_a_library_that_cannot_be_loaded_is_left_alone(fresh, monkeypatch, tmp_path):
    monkeypatch.setenv("TUSSIS_KERNELS", "auto")
    broken = tmp_path / "libtussis.so"
    broken.write_bytes(b"no library")
    monkeypatch.setattr(Toolchain, "build", lambda *_, **__: broken)
    assert motion_kernel(ImuPlan(), 3000.0) is None
    outcome = next((tmp_path / "builds").glob("features-*/outcome.json"))
    assert "cannot be loaded" in json.loads(outcome.read_text())["problem"]


def test_the_check_sees_one_wrong_bit_of_one_feature():
    for modality, kernel, difference, plan in (
        ("audio", audio_kernel(AudioPlan(), 1.0), difference_of_sound, AudioPlan()),
        ("imu", motion_kernel(ImuPlan(), 1.0), difference_of_motion, ImuPlan()),
    ):
        assert difference(kernel, plan) == ""
        for place in (0, 17, -1):

            def wrong(*arguments, kernel=kernel, place=place, modality=modality):
                found = kernel(*arguments)
                values = found[0] if modality == "audio" else found
                values[-1, place] = np.nextafter(values[-1, place], np.float32(1e30))
                return found

            assert difference(wrong, plan) == f"other bits than NumPy in {feature_ids(modality)[place]}"


def test_processes_find_what_the_package_names():
    code = (
        "from tussis.signal.host_kernels import motion_kernel\n"
        "from tussis.signal.plan import ImuPlan\n"
        "print(type(motion_kernel(ImuPlan(), 1.0)).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "CMotionKernel\n"
    assert feature_kernels.__name__ == tussis._FEATURE_KERNELS


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the sanitizers' libraries are preloaded")
def test_nothing_is_read_or_written_beyond(tmp_path):
    """The address and undefined behaviour sanitizers see all made signals, in odd pieces."""
    compiler = find_host_compiler()
    flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    code = f"""
import numpy as np
from pathlib import Path
from tussis.export.build.toolchain import Toolchain
from tussis.export.host import feature_kernels as f
from tussis.export.host.feature_check import *
from tussis.signal.plan import AudioPlan, ImuPlan
build = Toolchain.build
def sanitized(self, *a, extra_flags=(), **m):
    return build(self, *a, extra_flags=(*extra_flags, *{flags!r}), **m)
Toolchain.build = sanitized
kernels = f.FeatureKernels()
sound = kernels.audio(AudioPlan(), compiling=True, forced=True)
motion = kernels.motion(ImuPlan(), compiling=True, forced=True)
pcm = made_sound(AudioPlan())
for view in (pcm[:8191], pcm[::-7], pcm[:3], pcm[:0]):
    n = max(-(-len(view) // 2) // 128, 1)
    sound(view.copy() if view.strides[0] == 2 else view, ["rms"], n, lambda a, b: None)
motion(made_motion(ImuPlan())[:75].copy(), ["accx_rms"])
print("clean")
"""
    found = [
        subprocess.run(
            [*compiler.command, f"-print-file-name={name}"], capture_output=True, text=True, check=True
        ).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    if not all(name.startswith("/") for name in found):
        pytest.skip("this compiler has no sanitizers to preload")
    environment = {
        "LD_PRELOAD": " ".join(found),
        "ASAN_OPTIONS": "detect_leaks=0",
        "TUSSIS_CACHE": str(tmp_path),
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert done.stdout == "clean\n", done.stderr[-2000:]
