"""The command line: one Typer app, one verb per step. Heavy imports wait until a verb runs."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import __version__
from ..data.input_error import InputError
from . import budgets as cli_selection
from . import cost as cli_cost
from . import counting as cli_counting
from . import detection as cli_detection
from . import doctor as cli_doctor
from . import evaluation as cli_evaluation
from . import firmware as cli_firmware
from . import handover as cli_handover
from . import live as cli_live
from . import recordings as cli_recordings
from . import report as cli_report
from . import review as cli_review
from . import synthesis as cli_synthesis
from .config_file import CONFIG_FILE, find_config, read_defaults
from .console import ProgressDisplay, explain, is_fault, note, prepare_streams, print_json, print_line, show
from .ending import Ending
from .examples import show_examples
from .idle_options import refuse_idle_options
from .narrow_help import make_narrow
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
from .work_options import works_long

__all__ = ["app", "main"]

_NARROW, _LEAST = 70, 40
_COMPLETION = {"_TUSSIS_COMPLETE"}
"""Variables by which a shell asks for words; it is answered whatever a file says, as help is."""

_HELP = {"-h", "--help", "--version", "--show-completion", "--install-completion"}

_NEXT_STEP = """\
Start here:
  tussis demo --quick              the whole chain on synthetic recordings, in under 90 s
  tussis detect my.wav             coughs in a recording of yours, with the shipped detector
  tussis doctor                    what is installed, and what is missing
  tussis VERB --help               what a verb takes, with an example
"""

app = typer.Typer(
    name="tussis",
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From labelled audio and motion recordings to a cough detector on an ARM Cortex-M33.",
    epilog=f"Defaults of options: {CONFIG_FILE}, in the working folder or above it, like model = 'my.json'.",
)


def _version(wanted: bool) -> None:
    if wanted:
        print_line(f"tussis {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    remote_cache: Annotated[
        str | None,
        typer.Option(
            help="Bytes that may be kept of datasets given as s3://, gs:// or http(s)://, like 50GB.",
            show_default="20GB",
        ),
    ] = None,
) -> None:
    if remote_cache is not None:
        from ..data.remote.remote_url import CACHE_VARIABLE, parse_bytes

        parse_bytes(remote_cache, "--remote-cache")
        os.environ[CACHE_VARIABLE] = remote_cache  # worker processes have it from there
    if context.invoked_subcommand is None:
        print_line(context.get_help())
        print_line(_NEXT_STEP)


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
app.command(rich_help_panel="Start")(cli_doctor.doctor)
app.command(rich_help_panel="Recordings")(works_long(cli_synthesis.synth))


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


app.command(rich_help_panel="Recordings")(works_long(cli_recordings.label))
app.command(rich_help_panel="Recordings")(works_long(cli_recordings.compose))
app.command(rich_help_panel="Recordings")(cli_review.review)
app.add_typer(cli_review.labels, name="labels", rich_help_panel="Recordings")
app.command(rich_help_panel="Detector")(works_long(cli_selection.train))


app.command(rich_help_panel="Detector")(cli_detection.detect)


@app.command(rich_help_panel="Detector")
@works_long
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
    cli_recordings.note_trained_on(result.trained_on, len(result.sessions))
    cli_recordings.note_doubts(result.doubts)
    cli_recordings.note_some("not scored", [left.reason for left in result.unreadable])
    if result.unreadable:
        raise typer.Exit(2)


app.command(rich_help_panel="Detector")(works_long(cli_evaluation.evaluate))
app.command(rich_help_panel="Detector")(cli_live.listen)
app.command(rich_help_panel="Detector")(cli_handover.describe)
app.command(rich_help_panel="Study")(cli_counting.count)
app.command(rich_help_panel="Study")(cli_counting.compare)
app.command(rich_help_panel="Study")(cli_handover.plot)
for _panel, _verbs in (
    (
        "Firmware",
        (
            cli_firmware.export,
            cli_firmware.model,
            works_long(cli_firmware.verify),
            cli_firmware.golden,
            works_long(cli_cost.estimate),
            cli_cost.profile,
        ),
    ),
    (
        "Boards",
        (
            cli_firmware.board,
            cli_firmware.replay,
            cli_live.monitor,
            cli_firmware.log,
            cli_live.recorder,
            cli_live.record,
        ),
    ),
    ("Budgets", (works_long(cli_selection.study), works_long(cli_selection.calibrate))),
    ("Tools", (cli_firmware.trees,)),
):
    for _verb in _verbs:
        app.command(rich_help_panel=_panel)(_verb)


show_examples(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments
        Words after ``tussis``; None takes them from `sys.argv`.

    Returns
    -------
    int
        0 done, 1 a check failed, 2 bad usage or bad input, 3 a fault of tussis, 130 interrupted, 143 ended by
        SIGTERM, 129 by SIGHUP.
    """
    prepare_streams()
    ending = Ending()
    ending.watch()
    try:
        words = list(sys.argv[1:] if arguments is None else arguments)
        result = _run(words)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        result = ending.code
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has left, so there is nowhere to write
        return 0
    except Exception as error:
        if not (ending.came and is_fault(error)):  # an interrupt amid an import can come out as anything
            return explain(error)
        result = ending.code
    if result == 130:  # click's own code for what `ending` has seen
        result = ending.code
    if result == ending.code:
        exec("")  # after an interrupt within an import's exec, `python -m` would end by the signal
        note(f"tussis: {ending.words}; what is written is whole")
    return result if isinstance(result, int) else 0


def _run(words: list[str]) -> object:
    """Run a command line, with the defaults of the nearest ``tussis.toml``, and return what its verb does."""
    _refuse_empty_words(words)
    columns = shutil.get_terminal_size().columns
    is_narrow = columns < _NARROW
    app.rich_markup_mode = None if is_narrow else "rich"  # its boxes would cut words off
    group: Any = typer.main.get_command(app)
    refuse_idle_options(group)
    settings: dict[str, Any] = {}
    if is_narrow:
        make_narrow(group)
        settings["terminal_width"] = max(columns, _LEAST)
    is_asked = bool(_HELP & set(words)) or bool(_COMPLETION & os.environ.keys())
    if words and not is_asked and (path := find_config()) is not None:
        defaults = read_defaults(path, group.commands, words)
        settings["default_map"] = defaults.by_verb
        named = (
            word for before, word in zip(["", *words], words, strict=False) if before != "--remote-cache"
        )
        verb = next((word for word in named if not word.startswith("-")), "")
        if keys := defaults.keys.get(verb):
            note(f"defaults from {path}: {', '.join(keys)}")
    return group(args=words, standalone_mode=False, prog_name="tussis", **settings)


def _refuse_empty_words(words: Sequence[str]) -> None:
    """Refuse a word of no letters: as a path it would be the folder in which the command is given.

    Raises
    ------
    InputError
        It names the option before it.
    """
    for before, word in zip(["", *words], words, strict=False):
        option, equals, value = word.partition("=")
        if not word or (option.startswith("--") and equals and not value):
            named = option if word else before if before.startswith("--") else "command line"
            raise InputError(named, "an empty word is given", remedy="is a variable of the shell not set?")


if __name__ == "__main__":
    sys.exit(main())
