import re

import pytest

from tussis.export.codegen.feature_source import feature_source
from tussis.export.codegen.front_end import FrontEnd
from tussis.signal.catalogue import feature_ids
from tussis.signal.plan import AudioPlan, ImuPlan


def source(audio=(), imu=()) -> str:
    return feature_source(FrontEnd.of(AudioPlan() if audio else None, audio, ImuPlan() if imu else None, imu))


def test_exact_text_of_a_small_detector():
    text = source(["env_attack2", "mel03_rel", "env_max"], ["gyronorm_rms", "accx_azc1", "gyronorm_kurtosis"])
    body = text[text.index("void tussis_audio") :]
    assert (
        body
        == """\
void tussis_audio_path_features(const tussis_audio_path_t *path, float x[TUSSIS_AUDIO_FEATURES])
{
    const tussis_mel_block_t *const mel = path->mel;
    const int start = path->block * TUSSIS_BLOCK_FRAMES;
    const int16_t *const level = &path->series[TUSSIS_SERIES_LEVEL][start];
    const int32_t at = tussis_argmax(level, N);
    const int32_t mel_total = tussis_mel_total(mel);
    x[0] = tussis_octaves(tussis_rise(level, N, 2)); /* env_attack2 */
    x[1] = tussis_mel_rel(mel, 3, mel_total); /* mel03_rel */
    x[2] = tussis_octaves(level[at]); /* env_max */
}

#include "../src/dsp/kinematics.h"

void tussis_imu_features(const tussis_imu_t *ring, size_t oldest, float x[TUSSIS_IMU_FEATURES])
{
    tussis_signal_t signal;
    {
        tussis_signal(&signal, ring, oldest, TUSSIS_ACC_X);
        x[1] = (float)tussis_azc(&signal, TUSSIS_AZC_ACC1); /* accx_azc1 */
    }
    {
        tussis_norm(&signal, ring, oldest, TUSSIS_GYRO);
        const tussis_signal_moments_t moments = tussis_signal_moments(&signal);
        x[0] = moments.rms; /* gyronorm_rms */
        x[2] = moments.kurtosis; /* gyronorm_kurtosis */
    }
}
"""
    )


@pytest.mark.parametrize("modality", ["audio", "imu"])
def test_every_feature_is_assigned_once_and_in_its_place(modality):
    ids = feature_ids(modality)[::-1]
    text = source(ids) if modality == "audio" else source((), ids)
    assigned = {int(i): name for i, name in re.findall(r"x\[(\d+)\] = .*; /\* (\w+) \*/", text)}
    assert assigned == dict(enumerate(ids))


def test_shared_work_is_declared_once():
    text = source(feature_ids("audio"), feature_ids("imu"))
    for call in (
        "tussis_spectrum(",
        "tussis_spectral_moments(",
        "tussis_power_moments(",
        "tussis_mel_total(",
    ):
        assert text.count(call) == 1
    assert text.count("TUSSIS_ACC_X)") == 1
    assert text.count("tussis_signal_moments(") == 8


def test_a_detector_of_one_kind_has_one_function():
    assert "tussis_imu_features" not in source(["rms"])
    assert "tussis_audio_path_features" not in source((), ["accx_rms"])
