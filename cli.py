"""The command line: one Typer app, one verb per step. Heavy imports wait until a verb runs."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from . import __version__
from .console import ProgressDisplay, explain, note, print_json, show

__all__ = ["app", "main"]

_NEXT_STEP = """\
Start here:
  tussis demo --quick              the whole chain on synthetic recordings, in about a minute
  tussis detect my.wav             coughs in a recording of yours, with the shipped detector
  tussis VERB --help               what a verb takes
"""


class Mode(StrEnum):
    """Which of the two models decide."""

    audio = "audio"
    imu = "imu"
    gated = "gated"


class Trees(StrEnum):
    """How the models become C."""

    table = "table"
    m2cgen = "m2cgen"


class Package(StrEnum):
    """The build system that the exported project is laid out for."""

    cmake = "cmake"
    platformio = "platformio"
    zephyr = "zephyr"
    arduino = "arduino"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Model = Annotated[str, typer.Option(help="A detector file, or 'default' for the shipped one.")]
ModeOption = Annotated[
    Mode | None,
    typer.Option(help="Which models decide; else gated where a session has an IMU file, and audio elsewhere."),
]
Dataset = Annotated[Path, typer.Argument(help="A folder of sessions, one session, or one WAV file.")]

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
    as_json: Json = False,
) -> None:
    """Run the whole chain on synthetic recordings: dataset, detector, C, proof, cost, scores, report."""
    from .cli_tables import demo_table
    from .export.demo import run_demo

    with ProgressDisplay() as progress:
        result = run_demo(out, quick=quick, progress=progress)
    if as_json:
        print_json(result.summary)
    else:
        show(demo_table(result))
    if not result.passed:
        raise typer.Exit(1)


@app.command(rich_help_panel="Recordings")
def synth(
    out: Annotated[Path, typer.Argument(help="The dataset folder to write.")],
    subjects: Annotated[int, typer.Option(min=1, help="How many synthetic people.")] = 15,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 0,
) -> None:
    """Write a labelled synthetic dataset: coughs, look-alikes, beds and body motion."""
    from .data.synthesis.dataset import write_dataset

    with ProgressDisplay() as progress:
        write_dataset(out, subjects=subjects, seed=seed, progress=progress)
    note(f"written: {out}; look at it with: tussis info {out}")


@app.command(rich_help_panel="Recordings")
def fetch(
    name: Annotated[str, typer.Argument(help="The dataset: edge-ai.")],
    dest: Annotated[Path, typer.Argument(help="Folder to download into.")],
) -> None:
    """Download a public dataset; resumes where it stopped, and checks every checksum."""
    from .data.fetch import fetch_dataset

    with ProgressDisplay() as progress:
        fetch_dataset(name, dest, progress=progress)
    note(f"written: {dest}; look at it with: tussis info {dest}")


@app.command(rich_help_panel="Recordings")
def info(dataset: Dataset, as_json: Json = False) -> None:
    """Say what a dataset holds: subjects, hours, events, and every problem found in its files."""
    from .cli_tables import info_table
    from .data.inventory import take_inventory

    with ProgressDisplay() as progress:
        inventory = take_inventory(dataset, progress=progress)
    if as_json:
        print_json(inventory.as_json())
    else:
        show(info_table(inventory))


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
    signal.signal(signal.SIGTERM, _terminate)  # so that half-written outputs are removed then too
    try:
        result = app(args=arguments, standalone_mode=False, prog_name="tussis")
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        result = 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has left; there is nobody to tell
        return 0
    except Exception as error:
        return explain(error)
    if result == 130:
        note("tussis: interrupted; nothing was left half written")
    return result if isinstance(result, int) else 0


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
