"""`tussis_load_model` under sanitizers: blocks damaged at random, each with a right CRC."""

from __future__ import annotations

import os
import struct
import subprocess
import zlib

import numpy as np
import pytest

from tussis.export.build.project_files import include_folders, library_sources
from tussis.export.build.toolchain import find_host_compiler
from tussis.export.codegen.model_blob import model_blob
from tussis.export.codegen.project import export_project
from tussis.selection.detector.detector_file import load_detector

from ....export.conftest import make_detector

PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include "tussis/tussis.h"
static tussis_t detector;
static int16_t pcm[16000];
static tussis_imu_t motion[200];
int main(void)
{
    uint32_t size;
    unsigned taken = 0, refused = 0;
    for (size_t i = 0; i < 16000; i++) {
        pcm[i] = (int16_t)(((i * 7919U) % 20011U) - 10000U);
    }
    while (fread(&size, sizeof size, 1, stdin) == 1) {
        void *block = malloc(size); /* of its exact size: a read behind it is found */
        if (fread(block, 1, size, stdin) != size || tussis_init(&detector) != TUSSIS_OK) {
            return 1;
        }
        if (tussis_load_model(&detector, block, size) == TUSSIS_OK) {
            taken++;
            tussis_set_mode(&detector, TUSSIS_MODE_GATED);
            tussis_push_imu(&detector, motion, 200);
            tussis_push_audio(&detector, pcm, 16000);
            tussis_set_threshold(&detector, TUSSIS_MODE_AUDIO, 0.3F);
            tussis_set_threshold(&detector, TUSSIS_MODE_IMU, 0.001F);
            tussis_flush(&detector);
        } else {
            refused++;
        }
        free(block);
    }
    printf("%u %u\n", taken, refused);
    return 0;
}
"""


@pytest.mark.parametrize("form", ["wide", "narrow"])
def test_random_corruption_with_a_right_crc_never_crashes(tmp_path, form):
    detector = make_detector() if form == "wide" else load_detector("default")
    project = export_project(detector, tmp_path / "firmware", model_in="flash-blob")
    (tmp_path / "main.c").write_text(PROGRAM)
    try:
        program = find_host_compiler().build(
            [*library_sources(project.path), tmp_path / "main.c"],
            "program",
            include=include_folders(project.path),
            opt="O1",
            extra_flags=("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"),
        )
    except RuntimeError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"this compiler brings no sanitizers: {str(error).splitlines()[-1]}")
    original = np.frombuffer(model_blob(detector), np.uint32)
    rng = np.random.default_rng(5)
    stream = bytearray()
    for trial in range(400):
        words = original.copy()
        first, last = ((6, len(words) - 1), (4, 32))[trial % 2]
        for place in rng.integers(first, last, rng.integers(1, 4)):
            flip = np.uint32(1) << np.uint32(rng.integers(32))
            words[place] = words[place] ^ flip if trial % 4 < 2 else rng.integers(1 << 32)
        words[-1] = zlib.crc32(words[:-1].tobytes())
        stream += struct.pack("<I", words.nbytes) + words.tobytes()
    ran = subprocess.run(
        [program],
        input=bytes(stream),
        capture_output=True,
        check=False,
        timeout=300,
        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},
    )
    assert ran.returncode == 0, ran.stderr.decode()[-2000:]
    taken, refused = map(int, ran.stdout.split())
    assert taken + refused == 400
    assert min(taken, refused) > 20
