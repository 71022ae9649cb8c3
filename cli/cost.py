"""The verbs about cost: estimate, profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, cast

import typer

from ..data.input_error import InputError
from ..export.build.toolchain import ArmName, Optimisation
from ..export.estimate.microphone_power import MicrophoneWhileGated
from .console import ProgressDisplay, busy, note, print_json, show
from .cost_life import Life, extras_of
from .options import Json, Project, one_of
from .report import ReportOption, write_report

if TYPE_CHECKING:
    from ..export.estimate.board_comparison import MeasuredSession
    from ..export.estimate.current_trace import CurrentTrace
    from ..export.estimate.estimate import Estimate

__all__ = ["estimate", "profile"]


Switch = Literal["on", "off"]


def _svg(path: Path | None) -> Path | None:
    """Refuse another kind of picture, and a place that takes none, before the long run."""
    from ..data.atomic import refuse_unwritable

    if path is not None and path.suffix.lower() != ".svg":
        raise InputError("--flame", f"{path.name} is not a .svg file", remedy="name one; a browser shows it")
    if path is not None:
        refuse_unwritable(path)
    return path


Flame = Annotated[
    Path | None, typer.Option(help="Also write a flame view of the cycles as SVG.", callback=_svg)
]
Recorded = Annotated[Path, typer.Option(help="The session to run the firmware on.")]
DeviceName = Annotated[str, typer.Option(help="A device of devices.toml or of --device-file, or `all`.")]
Measured = Annotated[
    Path | None, typer.Option(help="Output of `tussis replay --json`: compare with that board's counter.")
]
Clocks = Annotated[
    list[float] | None,
    typer.Option(
        help="Core clock in Hz, like 64e6. Give this or the next three several times for a table of variants."
    ),
]


def estimate(
    project: Project,
    recording: Recorded,
    device: DeviceName = "nrf5340",
    device_file: Annotated[Path | None, typer.Option(help="A TOML file with further profiles.")] = None,
    clock: Clocks = None,
    toolchain: Annotated[list[str] | None, typer.Option(help="The compiler.", **one_of(ArmName))] = None,
    opt: Annotated[list[str] | None, typer.Option(help="Its optimisation.", **one_of(Optimisation))] = None,
    fpu: Annotated[list[str] | None, typer.Option(help="With the FPU or without.", **one_of(Switch))] = None,
    microphone: Annotated[str, typer.Option(help="A microphone of devices.toml.")] = "t5838",
    imu: Annotated[
        str,
        typer.Option(help="A motion sensor of devices.toml, like lis2dh12 or lis2dh12:normal-100."),
    ] = "",
    capture: Annotated[str, typer.Option(help="How sound gets into RAM, like pdm-crystal.")] = "",
    battery: Annotated[str, typer.Option(help="A battery of devices.toml, or like 250mAh@3.7V.")] = "lipo100",
    gated_microphone: Annotated[
        MicrophoneWhileGated, typer.Option(help="The microphone while the gate sleeps.")
    ] = "low_power",
    measured: Measured = None,
    save_scale: Annotated[Path | None, typer.Option(help="Keep the factor that --measured finds.")] = None,
    scale: Annotated[Path | None, typer.Option(help="Use a factor kept by --save-scale.")] = None,
    measured_current: Annotated[
        Path | None,
        typer.Option(help="CSV of a PPK2 or Joulescope, gated mode: lay it over the prediction."),
    ] = None,
    save_device: Annotated[
        Path | None,
        typer.Option(help="Keep the currents that --measured-current finds, for --device-file."),
    ] = None,
    flame: Flame = None,
    awake: Annotated[
        float | None,
        typer.Option(help="Share of a day in which the audio path runs, like 0.11: price gated mode there."),
    ] = None,
    microphone_on: Annotated[
        float | None,
        typer.Option(
            help="With --awake: share of the day in which a microphone that sleeps is on; in proportion to"
            " the recording where left out."
        ),
    ] = None,
    sound_threshold: Annotated[
        str | None,
        typer.Option(
            help="With --day: the threshold of the microphone's acoustic activity detection, like 65dBSPL or"
            " -55dBFS."
        ),
    ] = None,
    day: Annotated[
        Path | None,
        typer.Option(help="A day of `tussis synth --day`: run the gate on it in place of --awake."),
    ] = None,
    report: ReportOption = None,
    advise: Annotated[
        bool, typer.Option("--advise", help="Say which three changes of the board save most.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Count what the firmware executes: cycles, ms, uJ, flash, RAM, stack, battery life."""
    surroundings: dict[str, Any] = {
        "device_file": device_file,
        "microphone": microphone,
        "imu": imu,
        "capture": capture,
        "battery": battery,
        "microphone_while_gated": gated_microphone,
    }
    variants = _Variants.of(clock, toolchain, opt, fpu)
    if device == "all" or variants.several:
        _what_if(project, recording, device, variants, surroundings, as_json=as_json)
        return
    if awake is not None and day is not None:
        raise InputError(
            "--day", "says for how long the gate is awake, as --awake does", remedy="leave one out"
        )
    life = Life(awake, microphone_on, day, sound_threshold)
    life.refuse_bad_values()
    from ..data.atomic import refuse_unwritable
    from ..export.estimate.board_comparison import read_replay
    from ..export.estimate.scale_file import load_scale

    sessions = read_replay(measured) if measured is not None else []
    if save_scale is not None:
        refuse_unwritable(save_scale)
    trace = _trace(measured_current, save_device)
    if scale is not None:
        surroundings["cycle_scale"] = load_scale(scale, device)
    found = _one(project, recording, device, variants, surroundings)
    _note_lacks(found)
    _note_scale(found, scale)
    if flame is not None:
        _write_flame(found, flame)
    if report is not None:
        from ..export.report.run_report import RunInputs

        write_report(RunInputs(cost=found.as_dict(), names=[project.name, recording.name]), report)
    if sessions:
        _compare(found, sessions, save_scale, as_json=as_json)
        return
    clock_hz = variants.clocks_hz[0] if variants.clocks_hz else None
    extras = extras_of(found, clock_hz, surroundings, life, advise=advise)
    if trace is not None:
        extras["measured_current"] = _measured_current(found, trace, save_device)
    _tell(found, extras, as_json=as_json)


@dataclass(frozen=True)
class _Variants:
    """Clocks, compilers, optimisations and FPUs to price; no clock is the device's own."""

    clocks_hz: Sequence[float]
    toolchains: Sequence[ArmName | None]
    opts: Sequence[str]
    fpus: Sequence[bool]

    @classmethod
    def of(
        cls,
        clocks: list[float] | None,
        toolchains: list[str] | None,
        opts: list[str] | None,
        fpus: list[str] | None,
    ) -> Self:
        """Put the defaults in for what was not given."""
        return cls(
            clocks or (),
            cast("list[ArmName]", toolchains) if toolchains else (None,),
            opts or ("O2",),
            [choice == "on" for choice in fpus or ("on",)],
        )

    @property
    def several(self) -> bool:
        """Whether there is more than one."""
        return any(len(values) > 1 for values in (self.clocks_hz, self.toolchains, self.opts, self.fpus))


def _one(
    project: Path, recording: Path, device: str, variants: _Variants, surroundings: Mapping[str, Any]
) -> Estimate:
    """Estimate the only variant."""
    from ..export.estimate.estimate import estimate as estimate_cost

    with ProgressDisplay() as progress:
        return estimate_cost(
            project,
            recording,
            device=device,
            clock_hz=variants.clocks_hz[0] if variants.clocks_hz else None,
            toolchain=variants.toolchains[0],
            opt=variants.opts[0],
            fpu=variants.fpus[0],
            progress=progress,
            **surroundings,
        )


def _note_lacks(found: Estimate) -> None:
    """Say in one line what a motion sensor that was named lacks of what the detector was taught with."""
    sensor = found.sensors.imu_mode.sensor("")
    lacks = found.measurement.need.lacks(sensor)
    if lacks:
        what = " and ".join(f"{lack.what} (it gives {lack.given})" for lack in lacks)
        title = f"{found.sensors.imu.title}, {sensor.name.removeprefix(':')}"
        note(f"{title}: the detector asks for {what}; tussis score --motion-sensor says what that costs")


def _note_scale(found: Estimate, path: Path | None) -> None:
    """Say in one line where the factor on all cycles was found with another clock or another build."""
    measured = found.measurement
    if found.cycle_scale is None or path is None:
        return
    unlike = found.cycle_scale.unlike(found.clock.clock_hz, measured.toolchain, measured.opt)
    if unlike:
        remedy = "a factor for this is made with --measured and --save-scale"
        note(f"{path}: the cycle scale was found {'; '.join(unlike)}: {remedy}")


def _tell(found: Estimate, extras: Mapping[str, Any], *, as_json: bool) -> None:
    from .cost_tables import advice_table, awake_line, current_table, day_table, estimate_table

    if as_json:
        print_json({**found.as_dict(), **extras})
        return
    show(estimate_table(found.as_dict()))
    if "awake" in extras:
        show(awake_line(extras["awake"]))
    if "day" in extras:
        show(day_table(extras["day"]))
    if "measured_current" in extras:
        show(current_table(extras["measured_current"]))
    if "advice" in extras:
        show(advice_table(extras["advice"]))


def _trace(path: Path | None, save_device: Path | None) -> CurrentTrace | None:
    """Read a trace, and refuse a place that takes no file, before the long run."""
    from ..data.atomic import refuse_unwritable
    from ..export.estimate.current_trace import read_current

    if save_device is not None:
        refuse_unwritable(save_device)
    return None if path is None else read_current(path)


def _measured_current(found: Estimate, trace: CurrentTrace, save_device: Path | None) -> dict[str, Any]:
    """Compare a trace with the prediction, and keep what it gives."""
    from ..export.estimate.measured_current import compare_current
    from ..export.estimate.measured_current import save_device as keep_device

    comparison = compare_current(found, trace)
    if save_device is not None:
        keep_device(found, comparison, save_device)
        note(f"written: {save_device}; use it with --device-file {save_device}")
    return comparison.as_dict()


def _what_if(
    project: Path,
    recording: Path,
    device: str,
    variants: _Variants,
    surroundings: Mapping[str, Any],
    *,
    as_json: bool,
) -> None:
    """Price every combination and show them side by side."""
    from ..export.estimate.what_if import what_if
    from .cost_tables import what_if_table

    with ProgressDisplay() as progress:
        found = what_if(
            project,
            recording,
            device,
            clocks_hz=variants.clocks_hz,
            toolchains=variants.toolchains,
            opts=variants.opts,
            fpus=variants.fpus,
            progress=progress,
            **surroundings,
        )
    if as_json:
        print_json(found.as_dict())
    else:
        show(what_if_table(found.as_dict()))


def _write_flame(found: Estimate, out: Path) -> None:
    """Draw the cycles of the main mode."""
    from ..data.atomic import write_text_whole
    from ..export.estimate.flame import flame_svg

    run = found.measurement.modes[found.main_mode]
    title = f"{found.measurement.recording}, {found.main_mode}, per second, without waits for flash"
    write_text_whole(out, flame_svg(run.tree, run.names, title, per=run.seconds))
    note(f"written: {out}")


def _compare(
    found: Estimate, sessions: Sequence[MeasuredSession], save_scale: Path | None, *, as_json: bool
) -> None:
    """Compare with a board's own count; its file must hold the session that was estimated."""
    from ..export.estimate.board_comparison import compare_measured
    from ..export.estimate.cycle_scale import CycleScale
    from ..export.estimate.scale_file import save_scale as keep_scale
    from .cost_tables import measured_table

    wanted = [part for part in sessions if part.session == found.measurement.recording] or sessions
    comparison = compare_measured(found, wanted[0])
    if unlike := CycleScale(clock_hz=comparison.clock_hz).unlike(found.clock.clock_hz, "", ""):
        note(f"--measured: the board counted {unlike[0]}: give --clock of the board's, as waits differ")
    if save_scale is not None:
        keep_scale(comparison, save_scale)
        note(f"written: {save_scale}; use it with --scale {save_scale}")
    if as_json:
        print_json(comparison.as_dict())
    else:
        show(measured_table(comparison.as_dict()))


def profile(
    image: Annotated[Path, typer.Argument(help="A linked Cortex-M33 ELF file with symbols.")],
    entry: Annotated[str | None, typer.Option(help="Function to call; else the ELF entry point.")] = None,
    flame: Flame = None,
    as_json: Json = False,
) -> None:
    """Run any Cortex-M33 image on the emulated core and say where its cycles go."""
    from ..data.atomic import write_text_whole
    from ..export.emulator.virtual_board import BoardFault
    from ..export.estimate.flame import flame_svg
    from ..export.estimate.image_profile import profile_image
    from .cost_tables import profile_table

    try:
        with busy("running the image"):
            found = profile_image(image, entry)
    except BoardFault as fault:
        raise InputError(image, str(fault), field=entry) from None
    if flame is not None:
        write_text_whole(flame, flame_svg(found.tree, found.names, f"{image.name}, {found.entry}"))
        note(f"written: {flame}")
    if as_json:
        print_json(found.as_dict())
    else:
        show(profile_table(found.as_dict()))
