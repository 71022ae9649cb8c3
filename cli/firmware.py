"""The verbs from a detector to a board and back: export, verify, trees, board, replay, log."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from ..export.codegen.export_options import ModelIn, Package, Trees, TreesChoice
from ..firmware_stub.boards.board_kind import BoardKind
from ..selection.detector.pre_roll import PreRoll
from .console import ProgressDisplay, busy, note, print_json, print_json_line, show
from .options import (
    Dataset,
    FalsePerHourOption,
    Json,
    MicrophoneOption,
    ModeOption,
    MotionSensorOption,
    PointOption,
    Project,
    ThresholdOption,
    detector_and_microphone,
    motion_sensor_for,
    times_real_time,
)
from .recordings import note_some
from .report import ReportOption, write_score_report

__all__ = ["board", "export", "golden", "log", "model", "replay", "trees", "verify"]

Force = Annotated[
    bool,
    typer.Option("--force", help="Write over edited or foreign files; they are kept as .bak beside."),
]


def export(
    model: Annotated[str, typer.Argument(help="A detector file, or 'default' for the shipped one.")],
    out: Annotated[Path, typer.Argument(help="The project folder to write.")],
    trees: Annotated[
        TreesChoice,
        typer.Option(
            help="How the models become C: a table, a compact one (least flash), branches on integers (fewest"
            " cycles), m2cgen's ifs on floats, or auto: the fastest of which the flash keeps the limit."
        ),
    ] = "table",
    max_flash: Annotated[
        int | None,
        typer.Option(help="Most bytes of flash of the image, for auto. Default: the detector's budget's."),
    ] = None,
    package: Annotated[Package, typer.Option(help="Build system the project is made for.")] = "cmake",
    microphone: MicrophoneOption = "always",
    point: PointOption = None,
    threshold: ThresholdOption = None,
    false_per_hour: FalsePerHourOption = None,
    pre_roll: Annotated[
        PreRoll | None,
        typer.Option(
            help="How the sound before motion is kept: decimated (least RAM), or raw (the decimator rests in"
            " gated mode while nothing moves, for 13.6 kB of RAM at 16 kHz). Events are the same. Default:"
            " decimated, or raw for a detector with a sound level, which needs it."
        ),
    ] = None,
    prefix: Annotated[
        str,
        typer.Option(
            help="What its names, macros and header folder begin with; another for each of two detectors in"
            " one program."
        ),
    ] = "tussis",
    force: Force = False,
    model_in: Annotated[
        ModelIn,
        typer.Option(
            help="code: the models are compiled in; flash-blob: they are a block of data that firmware in the"
            " field can replace by one that `tussis model` makes."
        ),
    ] = "code",
) -> None:
    """Write a self-contained C project for the Cortex-M33."""
    from ..export.codegen.project import export_project
    from ..export.estimate.form_choice import detector_form, refuse_limits

    refuse_limits(trees, max_flash=max_flash)
    detector, chosen = detector_and_microphone(
        model,
        microphone,
        point=point,
        threshold=threshold,
        false_per_hour=false_per_hour,
    )
    form: Trees
    if trees != "auto":
        form = trees
    elif model_in == "flash-blob":
        form = "table"
    else:
        with busy("measuring both forms"):
            form, reason = detector_form(detector, max_flash)
        note(f"--trees auto: {reason}")
    with busy("writing the project"):
        export_project(
            detector,
            out,
            trees=form,
            package=package,
            microphone=chosen,
            pre_roll=pre_roll,
            prefix=prefix,
            force=force,
            model_in=model_in,
        )
    if pre_roll is None and detector.sound_level is not None:
        note("the pre-roll is raw: the detector's sound level needs it")
    note(f"written: {out}; next: tussis verify {out} DATASET")


def model(
    detector: Annotated[str, typer.Argument(help="A detector file of the project's features and plans.")],
    out: Annotated[Path, typer.Argument(help="The file to write, for tussis_load_model.")],
    project: Annotated[Path, typer.Option("--for", help="The project, exported with --model-in flash-blob.")],
    point: PointOption = None,
    threshold: ThresholdOption = None,
    false_per_hour: FalsePerHourOption = None,
) -> None:
    """Write a detector's models as one block of data for firmware that is in the field already."""
    from ..export.codegen.project import load_project, write_model

    chosen, _ = detector_and_microphone(
        detector, "always", point=point, threshold=threshold, false_per_hour=false_per_hour
    )
    written = write_model(chosen, out, load_project(project), source=detector)
    note(f"written: {out}, {written} bytes; tussis_load_model takes it")


def verify(
    project: Project,
    dataset: Dataset,
    motion_sensor: MotionSensorOption = None,
    as_json: Json = False,
) -> None:
    """Prove that NumPy, the host's C and the emulated Cortex-M33 agree in features and events."""
    from ..export.codegen.project import load_project
    from ..export.verify.parity import verify as verify_project
    from .tables import parity_table

    opened = load_project(project)
    sensor = motion_sensor_for(opened.detector, motion_sensor)
    with ProgressDisplay() as progress:
        result = verify_project(opened, dataset, motion_sensor=sensor, progress=progress)
    if as_json:
        print_json(result.as_dict())
    else:
        show(parity_table(result))
    note_some("cannot be read", result.unreadable)
    if not result.passed:
        raise typer.Exit(1)
    if result.unreadable:
        raise typer.Exit(2)


def golden(
    recording: Annotated[Path, typer.Argument(help="A session, or a WAV file.")],
    out: Annotated[Path, typer.Option(help="The folder to write.")],
    model: Annotated[str, typer.Option(help="The detector that the firmware is exported from.")] = "default",
    mode: ModeOption = None,
    point: PointOption = None,
    threshold: ThresholdOption = None,
    false_per_hour: FalsePerHourOption = None,
    start_s: Annotated[float, typer.Option("--start", min=0.0, help="Begin at this second.")] = 0.0,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="Take so many. Default: all.")] = None,
) -> None:
    """Write a recording and what must be found in it as C arrays and JSON, for your own tests."""
    from ..data.dataset import load_recording
    from ..export.codegen.golden_vector import golden_vector, write_golden

    detector, _ = detector_and_microphone(
        model, "always", mode=mode, point=point, threshold=threshold, false_per_hour=false_per_hour
    )
    with busy("recording"):
        whole = load_recording(recording, **detector.rates)
        vector = golden_vector(whole.part(start_s, seconds), detector, mode)
        write_golden(vector, out)
    note(f"written: {out}: {len(vector.events)} events, {vector.flash_bytes / 1024:.0f} kB as arrays")
    note("compile its two .c files into your test, beside the exported library, and call tussis_golden_check")


def trees(
    model: Annotated[
        Path,
        typer.Argument(help="A binary classifier: XGBoost's JSON, or LightGBM's text or JSON."),
    ],
    out: Annotated[Path, typer.Argument(help="The .c file to write; its header goes beside it.")],
    form: Annotated[
        TreesChoice,
        typer.Option(
            "--form",
            "--trees",
            help="A table, a compact one (least flash), branches on integers (fewest cycles), m2cgen's ifs on"
            " floats, or auto: what --max-cycles or --max-flash asks for, measured on the emulated core.",
        ),
    ] = "table",
    max_cycles: Annotated[float | None, typer.Option(help="Most cycles of an evaluation, for auto.")] = None,
    max_flash: Annotated[int | None, typer.Option(help="Most bytes of flash, for auto.")] = None,
    name: Annotated[str, typer.Option(help="Name of the C function.")] = "margin",
    no_missing: Annotated[bool, typer.Option("--no-missing", help="NaN never comes in: cheaper.")] = False,
    force: Force = False,
) -> None:
    """Write a binary XGBoost or LightGBM classifier as C with the same bits on every microcontroller."""
    from ..export.codegen.trees import export_trees, read_model_file
    from ..export.estimate.form_choice import CHOSEN_FROM, choose_form, form_cost, refuse_limits

    refuse_limits(form, max_cycles=max_cycles, max_flash=max_flash)
    chosen: Trees
    if form == "auto":
        ensemble = read_model_file(model)
        costs = []
        with ProgressDisplay() as progress:
            for number, each in enumerate(CHOSEN_FROM):
                progress("forms", number, len(CHOSEN_FROM))
                costs.append(form_cost(ensemble, each, missing=not no_missing, source=str(model)))
            progress("forms", len(CHOSEN_FROM), len(CHOSEN_FROM))
        chosen, reason = choose_form(costs, max_cycles=max_cycles, max_flash=max_flash)
        note(f"--form auto: {reason}")
    else:
        chosen = form
    source, header = export_trees(
        model, out, trees=chosen, name=name, missing=not no_missing, force=force, say=note
    )
    note(f"written: {source} and {header}")


def board(
    project: Project,
    port: Annotated[str, typer.Option(help="'pty' for a serial port of its own, or tcp:N.")] = "pty",
    kind: Annotated[BoardKind, typer.Option("--board", help="Which board to emulate.")] = "virtual",
    cycles: Annotated[bool, typer.Option("--cycles", help="Report modelled cycles; slower.")] = False,
    sensors: Annotated[
        Path | None,
        typer.Option(metavar="SESSION", help="A recording that its own microphone and IMU give, once."),
    ] = None,
    speed: Annotated[float, typer.Option(help="Times real time, for --sensors.", min=0.01)] = 1.0,
) -> None:
    """Run the exported firmware on an emulated Cortex-M33 with a serial port, until Ctrl-C."""
    from ..firmware_stub.boards.board_server import serve_board, worn_sensors

    worn = None if sensors is None else worn_sensors(project, sensors, speed)
    with suppress(KeyboardInterrupt):  # Ctrl-C is how a board is switched off
        building = busy("building the firmware")
        serve_board(
            project, port=port, board=kind, count_cycles=cycles, sensors=worn, say=note, building=building
        )


def replay(
    session: Annotated[Path, typer.Argument(help="A session, or a dataset to replay one by one.")],
    port: Annotated[str, typer.Option(help="/dev/ttyACM0, COM3, socket://host:port, rfc2217://..., a PTY.")],
    speed: Annotated[str, typer.Option(help="Times real time, or 'max' for what the board takes.")] = "1",
    model: Annotated[str, typer.Option(help="The detector that the firmware was exported from.")] = "default",
    mode: ModeOption = None,
    microphone: MicrophoneOption = "always",
    point: PointOption = None,
    threshold: ThresholdOption = None,
    false_per_hour: FalsePerHourOption = None,
    full_rate: Annotated[bool, typer.Option("--full-rate", help="Decimate on the board, not here.")] = False,
    imu_ppm: Annotated[
        float | None, typer.Option(help="Millionths by which the IMU's clock is fast; the board finds out.")
    ] = None,
    motion_sensor: MotionSensorOption = None,
    baud: Annotated[int, typer.Option(help="Bits per second, for ports that have any.")] = 921_600,
    out: Annotated[Path | None, typer.Option(help="Keep one JSON line per session; resumes there.")] = None,
    report: ReportOption = None,
    as_json: Json = False,
) -> None:
    """Stream recordings into a board, collect its events, score and compare them with this machine's."""
    from ..firmware_stub.replay.replay_dataset import replay as replay_sessions
    from .tables import replay_table

    detector, hearing = detector_and_microphone(
        model,
        microphone,
        mode=mode,
        point=point,
        threshold=threshold,
        false_per_hour=false_per_hour,
    )
    with ProgressDisplay() as progress:
        result = replay_sessions(
            session,
            port,
            model=detector,
            mode=mode,
            microphone=hearing,
            speed=times_real_time(speed),
            full_rate=full_rate,
            imu_ppm=imu_ppm,
            motion_sensor=motion_sensor_for(detector, motion_sensor),
            baud=baud,
            out=out,
            on_event=lambda name, event: progress.say(f"{name}: cough at {event.start_s:.2f} s"),
            progress=progress,
        )
    if as_json:
        print_json(result.as_dict())
    else:
        show(replay_table(result))
    if report is not None:
        write_score_report(
            report,
            session,
            detector=detector,
            mode=mode,
            microphone=hearing,
            motion_sensor=motion_sensor_for(detector, motion_sensor),
            replay=result.as_dict(),
        )
    if not result.passed:
        raise typer.Exit(1)


def log(
    dump: Annotated[Path, typer.Argument(help="The flash pages of a worn board's event log, as they are.")],
    page_bytes: Annotated[int, typer.Option(help="Size of a flash page.")] = 4096,
) -> None:
    """Print the event log of a worn board as JSON lines, with wall times where it knows them."""
    from ..data.untrusted import read_bytes
    from ..firmware_stub.protocol.event_log import read_event_log, wall_times

    records = read_event_log(read_bytes(dump), page_bytes, str(dump))
    for record, when in zip(records, wall_times(records), strict=True):
        print_json_line(record.as_json(when))
