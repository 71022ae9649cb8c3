import pytest

from tussis.signal.plan import AudioPlan, ImuPlan


def test_defaults():
    plan = AudioPlan()
    assert (plan.decimation, plan.window_frames) == (2, 32)
    assert (plan.frame_s, plan.hop_s, plan.window_s) == (0.016, 0.128, 0.512)
    assert (ImuPlan().frame_s, ImuPlan().hop_s, ImuPlan().window_s) == (0.05, 0.25, 0.5)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("input_rate_hz", 44100),
        ("rate_hz", 16000),
        ("frame", 256),
        ("block_frames", 4),
        ("window_blocks", 1),
        ("window_blocks", 9),
        ("mel_bands", 20),
        ("mel_fmin_hz", 50.0),
        ("mel_fmin_hz", 3875.0),
        ("mel_fmin_hz", float("nan")),
        ("mel_fmax_hz", 4000.0),
        ("mel_fmax_hz", 125.0),
        ("mel_fmax_hz", 60.0),
        ("mel_fmax_hz", 0.0),
        ("mel_fmax_hz", -1.0),
        ("mel_fmax_hz", float("nan")),
    ],
)
def test_what_the_kernels_cannot_do_is_refused_by_name(field, value):
    with pytest.raises(ValueError, match=f"audio plan: {field} is {value}; it must be"):
        AudioPlan(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"), [("rate_hz", 0), ("window", 51), ("window", 4), ("hop", 60), ("frame", 0)]
)
def test_motion_plans(field, value):
    with pytest.raises(ValueError, match=f"imu plan: {field} is {value}; it must be"):
        ImuPlan(**{field: value})
