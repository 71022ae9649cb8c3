"""The verbs about choosing features within a budget: train, calibrate, study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..data.input_error import InputError
from ..export.study.study_name import StudyName
from ..selection.elimination.criteria import RankingName, Rule
from ..selection.search.search_method import SearchMethod
from .console import ProgressDisplay, note, print_json, show
from .options import MOST_SEED, Dataset, Json, MotionSensorOption, motion_sensor_for, taught_plan
from .report import ReportOption, write_report

if TYPE_CHECKING:
    from ..selection.detector.detector_file import Detector
    from ..selection.training.training_plan import TrainingPlan

__all__ = ["calibrate", "study", "train"]


def train(
    dataset: Dataset,
    out: Annotated[Path, typer.Option(help="The detector file to write.")],
    budget: Annotated[
        Path | None, typer.Option(help="A TOML file of limits on cycles, energy, flash, RAM, features.")
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(help="A TOML file of what to change: model size, shares of collections, copies."),
    ] = None,
    unlabelled: Annotated[
        Path | None,
        typer.Option(
            help="Recordings without labels: their confident windows are learned from if that helps held-out"
            " subjects."
        ),
    ] = None,
    motion_sensor: Annotated[
        str | None,
        typer.Option(
            metavar="PART[:MODE]",
            help="Teach motion as a sensor of devices.toml delivers it, like lis2dh12:normal-100: bandwidth,"
            " rate, range, noise, bits. Default: as recorded.",
        ),
    ] = None,
    ranking: Annotated[
        RankingName, typer.Option(help="How the importance of a feature is measured (docs/rankings.md).")
    ] = "gain",
    rule: Annotated[
        Rule | None,
        typer.Option(help="How small a set to take. Default: best within a budget, else 1se."),
    ] = None,
    max_loss: Annotated[
        float, typer.Option(help="Share of the score that `--rule loss` may give up.", min=0, max=0.5)
    ] = 0.01,
    gate_loss: Annotated[
        float,
        typer.Option(help="Share of event F1 that gating may cost for what it saves.", min=0, max=0.5),
    ] = 0.01,
    search: Annotated[
        SearchMethod | None,
        typer.Option(
            help="With a budget: judge every candidate on all folds, or by halving only the promising ones."
            " Default: exhaustive."
        ),
    ] = None,
    max_rows: Annotated[
        int | None,
        typer.Option(
            help="Windows of sound, and of motion, that selection looks at: of more a sample of two thirds of"
            " this. Models learn from all. Default: 300000.",
            min=1000,
        ),
    ] = None,
    costs: Annotated[
        str | None,
        typer.Option(
            help="Costs of builds by `gcc` or `zig`, or a table of `tussis calibrate`. Default: those of the"
            " compiler that `tussis estimate` would take."
        ),
    ] = None,
    battery: Annotated[
        str, typer.Option(help="For limits on the board: a battery of devices.toml, or like 250mAh@3.7V.")
    ] = "lipo100",
    seed: Annotated[
        int, typer.Option(help="Of folds and models; same seed, same bytes.", min=0, max=MOST_SEED)
    ] = 0,
    report: ReportOption = None,
) -> None:
    """Train a detector: features, elimination within the budget, fit, thresholds, gate; by subject."""
    from dataclasses import replace

    from ..data.atomic import refuse_unwritable
    from ..selection.detector.detector_file import save_detector
    from ..selection.training.training import train as train_detector
    from ..selection.training.training_plan import TrainingPlan
    from .tables import training_table

    refuse_unwritable(out)
    rule = rule or ("1se" if budget is None else "best")
    command = _command(dataset, out, seed, ranking, rule, budget, max_loss, gate_loss)
    plan = TrainingPlan(seed=seed, ranking=ranking, rule=rule, max_loss=max_loss, max_gate_loss=gate_loss)
    plan = taught_plan(plan, recipe, motion_sensor)
    command += f" --recipe {recipe}" if recipe is not None else ""
    command += f" --motion-sensor {motion_sensor}" if motion_sensor is not None else ""
    if max_rows is not None:
        plan = replace(plan, max_rows=max_rows)
        command += f" --max-rows {max_rows}"
    if unlabelled is not None:
        command += f" --unlabelled {unlabelled}"
        if budget is not None:
            raise InputError("--unlabelled", "cannot be used with --budget", remedy="leave one of them out")
    if search is not None:
        command += f" --search {search}"
    if budget is not None:
        costs = costs or _compiler()
        command += f" --costs {costs}" + (f" --battery {battery}" if battery != "lipo100" else "")
        detector = _train_within(dataset, out, budget, plan, costs, battery, search or "exhaustive", command)
        _report(report, out, out.with_name(f"{out.stem}.front.json"))
        _leave_if_unread(detector)
        return
    with ProgressDisplay() as progress:
        detector = train_detector(
            dataset, plan=plan, unlabelled=unlabelled, command=command, progress=progress
        )
    save_detector(detector, out)
    show(training_table(detector))
    _note_doubts(detector)
    if (trial := detector.provenance.scores.get("unlabelled")) is not None:
        note(
            f"unlabelled: {trial['confident']} of {trial['windows']} windows were confident; held-out average"
            f" precision {trial['before']:.4f} without, {trial['after']:.4f} with them:"
            f" {'kept' if trial['kept'] else 'not kept'}"
        )
    _note_motion(detector)
    note(f"written: {out}; next: tussis export {out} firmware/")
    _report(report, out)
    _leave_if_unread(detector)


def _report(report: Path | None, *written: Path) -> None:
    """Write a page about the files that training wrote, if one is wanted."""
    if report is not None:
        from ..export.report.run_report import read_runs

        write_report(read_runs(written), report)


def _note_motion(detector: Detector) -> None:
    """Say what the detector needs of the motion sensor, and what a gyroscope takes where it looks at one."""
    from ..export.estimate.sensor_choice import gyroscope_cost

    if detector.imu is None:
        return
    need = detector.motion_need
    note(need.line)
    if need.gyroscope:
        with_it, without = gyroscope_cost()
        note(
            f"gyroscope: the usual sensor takes {with_it:.0f} uJ/s with it, {without:.0f} without;"
            " a budget with battery_days takes one only if it earns that"
        )


def _command(
    dataset: Path,
    out: Path,
    seed: int,
    ranking: RankingName,
    rule: Rule,
    budget: Path | None,
    max_loss: float,
    gate_loss: float,
) -> str:
    """Words that repeat this training, for the detector's provenance."""
    from ..data.remote.remote_url import remote_url
    from ..selection.training.training_plan import TrainingPlan

    command = f"tussis train {remote_url(dataset) or dataset} --out {out} --seed {seed}"
    command += f" --ranking {ranking} --rule {rule}" + (f" --budget {budget}" if budget else "")
    command += f" --max-loss {max_loss:g}" if rule == "loss" else ""
    return command + (f" --gate-loss {gate_loss:g}" if gate_loss != TrainingPlan.max_gate_loss else "")


def _note_doubts(detector: Detector) -> None:
    """Say what the scores of a training do not show, and what it left out."""
    for doubt in detector.provenance.doubts:
        note(doubt)


def _leave_if_unread(detector: Detector) -> None:
    """End with the code of bad input if the detector was trained without sessions that cannot be read."""
    from ..selection.training.teaching_material import NOT_READ

    if any(doubt.startswith(NOT_READ) for doubt in detector.provenance.doubts):
        raise typer.Exit(2)


def _train_within(
    dataset: Path,
    out: Path,
    budget: Path,
    plan: TrainingPlan,
    costs: str,
    battery: str,
    search: SearchMethod,
    command: str,
) -> Detector:
    from ..export.calibration.table_origin import table_differs
    from ..export.study.board_search import search_within
    from ..export.study.pareto_files import device_price, write_front
    from ..selection.budget.budget import load_budget
    from ..selection.budget.cost_table import load_cost_table
    from ..selection.detector.detector_file import save_detector
    from .tables import budget_table, training_table

    limits = load_budget(budget)
    price = device_price(limits.device, budget)
    table = load_cost_table(costs)
    note(f"costs are those of {table.toolchain} builds (--costs)")
    if differs := table_differs(table, _compiler()):
        note(
            f"--costs {costs}: measured {'; '.join(differs)}: predictions may be worse than is said;"
            " make a table with `tussis calibrate`"
        )
    with ProgressDisplay() as progress:
        found = search_within(
            dataset,
            limits,
            source=budget,
            plan=plan,
            costs=table,
            price=price,
            battery=battery,
            method=search,
            command=command,
            progress=progress,
        )
    save_detector(found.detector, out)
    files = write_front(found, out)
    show(training_table(found.detector))
    _note_doubts(found.detector)
    show(budget_table(found, limits, price))
    _note_motion(found.detector)
    note(f"written: {out} and its front, {', '.join(file.name for file in files)}")
    parts, sleeps = "", ""
    if (power := found.cost.board) is not None:
        sleeps = "" if power.way == "always" else f" --microphone {power.way}"
        parts = f" --device {limits.device} --microphone {power.microphone} --imu {power.imu}"
        parts += "" if battery == "lipo100" else f" --battery {battery}"
    note(
        f"next: tussis export {out} firmware/{sleeps}; then tussis estimate firmware/{parts} --recording"
        " SESSION measures what is predicted here"
    )
    return found.detector


def _compiler() -> str:
    """Name the compiler that would build the image; gcc where there is none."""
    from ..data.input_error import InputError
    from ..export.build.toolchain import find_arm_toolchain

    try:
        return find_arm_toolchain().name
    except InputError:
        return "gcc"


def calibrate(
    out: Annotated[Path, typer.Option(help="The cost table to write.")],
    designs: Annotated[int, typer.Option(help="How many firmwares to measure.", min=1)] = 120,
    as_json: Json = False,
) -> None:
    """Measure what every kernel costs on the emulated Cortex-M33; resumes where it stopped."""
    from ..data.atomic import refuse_unwritable, write_text_whole
    from ..export.calibration.calibration import calibrate as measure_costs

    refuse_unwritable(out)
    with ProgressDisplay() as progress:
        table = measure_costs(n_designs=designs, progress=progress)
    write_text_whole(out, table.model_dump_json(indent=1) + "\n")
    if as_json:
        print_json(table.model_dump(mode="json"))
    note(f"written: {out}, from {table.designs} firmwares built with {table.toolchain} -{table.opt}")


def study(
    what: Annotated[StudyName, typer.Argument(help="What to compare.")],
    dataset: Dataset,
    out: Annotated[Path, typer.Option(help="Folder for the table (JSON, CSV) and the plot (SVG).")] = Path(
        "study"
    ),
    model: Annotated[
        str | None,
        typer.Option(
            help="Studies of modes and of waking: a detector file or `default`. Without it the study of modes"
            " trains one, and that of waking takes the shipped one."
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="Study of waking: a device of devices.toml.")] = "nrf5340",
    battery: Annotated[
        str, typer.Option(help="Study of waking: a battery of devices.toml, or like 250mAh@3.7V.")
    ] = "lipo100",
    motion_sensor: MotionSensorOption = None,
    sound_threshold: Annotated[
        str | None,
        typer.Option(
            help="Study of waking: the threshold of acoustic activity detection, like 65dBSPL or -55dBFS."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of folds and models.", min=0, max=MOST_SEED)] = 0,
    as_json: Json = False,
) -> None:
    """Compare choices on a dataset: rankings, mel against MFCC, windows, rates, modes, waking."""
    from ..data.atomic import refuse_unwritable
    from ..export.study.studies import run_study, write_study
    from ..selection.detector.detector_file import load_detector
    from .tables import study_table

    refuse_unwritable(out / f"{what}.json")
    with ProgressDisplay() as progress:
        detector = None if model is None else load_detector(model)
        sensor = motion_sensor_for(detector or load_detector(), motion_sensor)
        result = run_study(
            what,
            dataset,
            seed=seed,
            detector=detector,
            device=device,
            battery=battery,
            motion_sensor=sensor,
            sound_threshold=sound_threshold,
            progress=progress,
        )
    files = write_study(result, out)
    if as_json:
        print_json(result.as_dict())
    else:
        show(study_table(result))
    note(f"written: {', '.join(str(file) for file in files)}")
