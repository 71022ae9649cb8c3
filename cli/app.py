"""The command line: one Typer app, one verb per step. Heavy imports wait until a verb runs."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from .. import __version__
from ..data.input_error import InputError
from . import budgets as cli_selection
from . import cost as cli_cost
from . import evaluation as cli_evaluation
from . import firmware as cli_firmware
from . import live as cli_live
from . import recordings as cli_recordings
from . import report as cli_report
from . import review as cli_review
from . import synthesis as cli_synthesis
from .console import ProgressDisplay, explain, note, prepare_streams, print_json, show
from .options import (
    Dataset,
    FalsePerHourOption,
    Json,
    MicrophoneOption,
    Model,
    ModeOption,
    MotionSensorOption,
    PointOption,
    ThresholdOption,
    detector_and_microphone,
    motion_sensor_for,
)

__all__ = ["app", "main"]

_NEXT_STEP = """\
Start here:
  tussis demo --quick              the whole chain on synthetic recordings, in about a minute
  tussis detect my.wav             coughs in a recording of yours, with the shipped detector
  tussis VERB --help               what a verb takes
"""

app = typer.Typer(
    name="tussis",
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From labelled audio and motion recordings to a cough detector on an ARM Cortex-M33.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tussis {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        typer.echo(_NEXT_STEP)


@app.command(rich_help_panel="Start")
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("tussis-demo"),
    quick: Annotated[bool, typer.Option("--quick", help="Few subjects, under 90 s on two cores.")] = False,
    report: cli_report.ReportOption = None,
    as_json: Json = False,
) -> None:
    """Run the whole chain on synthetic recordings: dataset, detector, C, proof, cost, scores, report."""
    from ..data.atomic import write_text_whole
    from ..export.report.demo import run_demo
    from .tables import demo_table

    with ProgressDisplay() as progress:
        result = run_demo(out, quick=quick, progress=progress)
    if report is not None:
        write_text_whole(report, (result.folder / "report.html").read_text("utf-8"))
        note(f"written: {report}")
    if as_json:
        print_json(result.summary)
    else:
        show(demo_table(result))
    if not result.passed:
        raise typer.Exit(1)


app.command(rich_help_panel="Start")(cli_report.report)
app.command(rich_help_panel="Recordings")(cli_synthesis.synth)


@app.command(rich_help_panel="Recordings")
def fetch(
    name: Annotated[str | None, typer.Argument(help="The dataset, by its name in --list.")] = None,
    dest: Annotated[Path | None, typer.Argument(help="Folder to download into.")] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="List the datasets: size, licence, what each is good for.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Download a public dataset; goes on where it stopped, and checks every checksum."""
    from ..data.download.fetch import fetch_dataset
    from ..data.download.public_sets import PUBLIC_SETS
    from .tables import public_sets_table

    if listed:
        if as_json:
            print_json({"datasets": [one.as_json() for one in PUBLIC_SETS.values()]})
        else:
            show(public_sets_table(PUBLIC_SETS.values()))
        return
    if name is None or dest is None:
        missing = "a dataset" if name is None else "a folder to download into"
        raise InputError("fetch", f"{missing} is missing", remedy="see tussis fetch --list and --help")
    with ProgressDisplay() as progress:
        folder = fetch_dataset(name, dest, progress=progress, say=progress.say)
    chosen = PUBLIC_SETS[name]
    note(f"licence: {chosen.licence}; cite: {chosen.citation}")
    note(f"written: {folder}; look at it with: tussis info {folder}")
    if as_json:
        print_json({"name": name, "folder": str(folder)})


@app.command(rich_help_panel="Recordings")
def info(dataset: Dataset, as_json: Json = False) -> None:
    """Say what a dataset holds: subjects, hours, events, and every problem found in its files."""
    from ..data.inventory import take_inventory
    from .tables import info_table

    with ProgressDisplay() as progress:
        inventory = take_inventory(dataset, progress=progress)
    if as_json:
        print_json(inventory.as_json())
    else:
        show(info_table(inventory))


app.command(rich_help_panel="Recordings")(cli_recordings.label)
app.command(rich_help_panel="Recordings")(cli_recordings.compose)
app.command(rich_help_panel="Recordings")(cli_review.review)
app.add_typer(cli_review.labels, name="labels", rich_help_panel="Recordings")
app.command(rich_help_panel="Detector")(cli_selection.train)


@app.command(rich_help_panel="Detector")
def detect(
    sessions: Annotated[list[Path], typer.Argument(help="Session folders, datasets or WAV files.")],
    model: Model = "default",
    mode: ModeOption = None,
    microphone: MicrophoneOption = "always",
    motion_sensor: MotionSensorOption = None,
    point: PointOption = None,
    threshold: ThresholdOption = None,
    false_per_hour: FalsePerHourOption = None,
    as_json: Json = False,
) -> None:
    """Find coughs in recordings, on this machine, by the decisions that the firmware takes."""
    from ..data.dataset import find_sessions
    from ..data.formats.session_folder import SESSION_FILE
    from ..data.session_ref import SessionRef
    from ..data.unread_files import warnings_about_dataset
    from ..data.warnings import warnings_about
    from ..selection.detector.inference import detect as find_events
    from ..selection.detector.inference import needed_parts
    from ..signal.motion_sensor import as_sensed
    from .tables import detection_table

    detector, hearing = detector_and_microphone(
        model,
        microphone,
        mode=mode,
        point=point,
        threshold=threshold,
        false_per_hour=false_per_hour,
    )
    sensor = motion_sensor_for(detector, motion_sensor)
    broken = 0

    def fault(error: InputError) -> None:  # one broken recording must not cost the others
        nonlocal broken
        if Path(error.path).name.casefold() != SESSION_FILE:  # detect asks nobody's name
            broken += 1
            explain(error)

    references: list[SessionRef] = []
    doubts: list[str] = []
    for path in sessions:
        found_here = find_sessions(path, on_fault=fault)
        references += found_here
        doubts += map(str, warnings_about_dataset(path, found_here))
    names = [reference.name for reference in references]
    needs = needed_parts(detector, mode)
    events: list[dict[str, object]] = []
    decided = 0
    for reference in references:
        name = reference.name if names.count(reference.name) == 1 else str(reference.path)
        try:
            recording = reference.load(**detector.rates, needs=needs)
            found = find_events(as_sensed(recording, sensor), detector, mode, microphone=hearing)
            doubts += map(str, warnings_about(reference, recording, alone=True))
        except InputError as error:
            fault(error)
            continue
        if found.short:
            rest = "its last sample held" if found.mode == "imu" else "silence after it"
            note(f"{name}: {recording.duration_s:.2f} s, less than one window: decided as one, with {rest}")
        decided += 1
        events += [{"session": name, **event._asdict()} for event in found.events]
        if not as_json:
            show(detection_table(name, recording.duration_s, found))
    if as_json and (decided or not broken):
        print_json({"events": events})
    cli_recordings.note_doubts(doubts)
    if broken:
        raise typer.Exit(2)


@app.command(rich_help_panel="Detector")
def score(
    dataset: Dataset,
    model: Model = "default",
    mode: ModeOption = None,
    microphone: MicrophoneOption = "always",
    motion_sensor: MotionSensorOption = None,
    point: PointOption = None,
    threshold: ThresholdOption = None,
    false_per_hour: FalsePerHourOption = None,
    report: cli_report.ReportOption = None,
    as_json: Json = False,
) -> None:
    """Score a detector's events against a dataset's labels."""
    from ..selection.training.scoring import score as score_events
    from .tables import score_table

    detector, hearing = detector_and_microphone(
        model,
        microphone,
        mode=mode,
        point=point,
        threshold=threshold,
        false_per_hour=false_per_hour,
    )
    sensor = motion_sensor_for(detector, motion_sensor)
    with ProgressDisplay() as progress:
        result = score_events(
            dataset, detector, mode, microphone=hearing, motion_sensor=sensor, progress=progress
        )
    if as_json:
        print_json(result.as_dict())
    else:
        show(score_table(result))
    if report is not None:
        cli_report.write_score_report(
            report,
            dataset,
            detector=detector,
            mode=mode,
            microphone=hearing,
            motion_sensor=sensor,
            score=result.as_dict(),
        )
    cli_recordings.note_doubts(result.doubts)
    cli_recordings.note_some("not scored", [left.reason for left in result.unreadable])
    if result.unreadable:
        raise typer.Exit(2)


app.command(rich_help_panel="Detector")(cli_evaluation.evaluate)
app.command(rich_help_panel="Detector")(cli_live.listen)
for _panel, _verbs in (
    (
        "Firmware",
        (
            cli_firmware.export,
            cli_firmware.model,
            cli_firmware.verify,
            cli_firmware.golden,
            cli_cost.estimate,
            cli_cost.profile,
        ),
    ),
    ("Boards", (cli_firmware.board, cli_firmware.replay, cli_firmware.log)),
    ("Budgets", (cli_selection.study, cli_selection.calibrate)),
    ("Tools", (cli_firmware.trees,)),
):
    for _verb in _verbs:
        app.command(rich_help_panel=_panel)(_verb)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments
        Words after ``tussis``; None takes them from `sys.argv`.

    Returns
    -------
    int
        0 done, 1 a check failed, 2 bad usage or bad input, 3 a fault of tussis, 130 interrupted.
    """
    prepare_streams()
    signal.signal(signal.SIGTERM, _terminate)  # so that half-written outputs are removed then too
    try:
        result = app(args=arguments, standalone_mode=False, prog_name="tussis")
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        result = 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has left, so there is nowhere to write
        return 0
    except Exception as error:
        return explain(error)
    if result == 130:
        exec("")  # after an interrupt within an import's exec, `python -m` would end by the signal
        note("tussis: interrupted; what is written is whole")
    return result if isinstance(result, int) else 0


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
