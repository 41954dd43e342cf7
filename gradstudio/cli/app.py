"""The commands with their options. Each imports what it needs when it runs, so that help is fast."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gradstudio.cli.options import (
    LARGEST_SEED,
    MOST_STEPS,
    KeepingOptions,
    LearningOptions,
    PreparingOptions,
    ReadingOptions,
    said,
    spread,
)
from gradstudio.cli.runsapp import runs

app = typer.Typer(
    name="gradstudio",
    help="Build computational graphs and see backpropagation happen. Without a command: open the studio.",
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(runs)
UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""The error of the option parser, whichever module this version of typer keeps it in."""


class ThemeName(StrEnum):
    """Colours of a picture."""

    DARK = "dark"
    LIGHT = "light"


class SweepMetric(StrEnum):
    """What a trial of a sweep is judged by."""

    VALIDATION_LOSS = "validation_loss"
    VALIDATION_ACCURACY = "validation_accuracy"
    LOSS = "loss"
    ACCURACY = "accuracy"


class PartName(StrEnum):
    """Rows of a network's data."""

    TRAINING = "training"
    VALIDATION = "validation"
    TEST = "test"


Network = Annotated[Path, typer.Argument(metavar="FILE.grad", help="The network, as .grad or .grad.json.")]
TrainedOn = Annotated[
    Path | None,
    typer.Option("--trained-on", metavar="FILE", help="The file it was trained with, where that isn't beside it."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON (docs/command-line.md) instead of text.")]
Theme = Annotated[ThemeName, typer.Option("--theme", help="Colours of the picture.")]


def run(words: list[str]) -> int:
    """Carry out a command line; returns its exit code.

    Raises:
        InputError: for a word or option that isn't known.
    """
    from gradstudio.cli.failures import InputError

    try:
        result = app(args=words, prog_name="gradstudio", standalone_mode=False)
    except UsageError as error:
        raise InputError(_usage(error)) from None
    return result if isinstance(result, int) else 0


def _usage(error: Exception) -> str:
    """What the option parser found, and where help is."""
    said = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "gradstudio"
    return f"{said.rstrip('.')}. See {command} --help."


def _show_version(wanted: bool) -> None:
    if wanted:
        from gradstudio.cli.examples import version

        typer.echo(version())
        raise typer.Exit


@app.callback(invoke_without_command=True)
def begin(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> int:
    """Opens the studio where no command is given."""
    return 0 if context.invoked_subcommand else open_studio(None)


@app.command("open")
def open_studio(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE.grad]", help="The network to open.")] = None,
) -> int:
    """Open the studio, with a network."""
    from gradstudio.cli.pictures import open_window

    return open_window(file)


@app.command()
@spread
def train(  # noqa: PLR0913, PLR0917 (each is an option)
    network: Annotated[
        str,
        typer.Argument(
            metavar="NETWORK", help="A .grad file, one of `gradstudio examples`, or with --data layers such as 64-relu."
        ),
    ],
    reading: ReadingOptions,
    preparing: PreparingOptions,
    learning: LearningOptions,
    keeping: KeepingOptions,
    data: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The file it learns from, where that isn't beside it; or e.g. iris."),
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="FILE is another than the network was made with.")] = False,
    seed: Annotated[
        int | None, typer.Option(min=0, max=LARGEST_SEED, help="Start anew with start values drawn from this seed.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the trained network here.")] = None,
    judge: Annotated[
        PartName | None, typer.Option("--evaluate", help="Then say how good it is on these rows of its data.")
    ] = None,
    json: Json = False,
) -> int:
    """Train a network, on from where its file left off, or a new one on a file of data."""
    from gradstudio.cli.order import Order
    from gradstudio.cli.train import train_file

    part = None if judge is None else judge.value
    order = Order(network, data, anew, seed, out, part, reading, preparing, learning, keeping)
    return train_file(order, as_json=json)


@app.command()
def lrfind(
    file: Network,
    least: Annotated[float, typer.Option("--from", metavar="RATE", help="The first learning rate.")] = 1e-6,
    most: Annotated[float, typer.Option("--to", metavar="RATE", help="The last one, at most.")] = 10,
    steps: Annotated[int, typer.Option(metavar="N", help="Steps from one to the other, 10 to 1000.")] = 100,
    out: Annotated[
        Path | None, typer.Option(metavar="OUT.grad", help="Write the network with the suggested rate here.")
    ] = None,
    json: Json = False,
) -> int:
    """Find a learning rate: train a copy with one that grows, and say where the loss falls and where it explodes."""
    from gradstudio.cli.lrfind import find

    return find(file, least, most, steps, out, as_json=json)


@app.command()
@spread
def evaluate(
    file: Network,
    reading: ReadingOptions,
    part: Annotated[PartName | None, typer.Option(help="Which rows of the network's data; those that test.")] = None,
    data: Annotated[Path | None, typer.Option(help="Rows of another file with the same columns instead.")] = None,
    trained_on: TrainedOn = None,
    top: Annotated[int | None, typer.Option(metavar="K", min=1, help="Also: how often one of the K likeliest.")] = None,
    json: Json = False,
) -> int:
    """Say how good a network is on rows it wasn't trained on: accuracy, confusion matrix, or R² and errors."""
    from gradstudio.cli.evaluate import evaluate_file

    rows = None if part is None else part.value
    return evaluate_file(file, rows, data, trained_on, reading, top=top, as_json=json)


@app.command()
@spread
def predict(
    file: Network,
    data: Annotated[Path, typer.Argument(metavar="DATA", help="The rows: CSV, Parquet, NPY … with the same columns.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.csv|OUT.npz", help="The answers to write.")],
    reading: ReadingOptions,
    trained_on: TrainedOn = None,
    json: Json = False,
) -> int:
    """Write what a trained network says of the rows of a file."""
    from gradstudio.cli.evaluate import predict_file

    return predict_file(file, data, out, trained_on, reading, as_json=json)


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(metavar="A.grad", help="A network.")],
    after: Annotated[Path, typer.Argument(metavar="B.grad", help="The network it is compared with.")],
    json: Json = False,
) -> int:
    """Say what differs between two networks: nodes, wires, settings, parameters. Ends with 1 if something does."""
    from gradstudio.cli.diff import diff_files

    return diff_files(before, after, as_json=json)


@app.command()
def sweep(  # noqa: PLR0913, PLR0917 (each is an option)
    file: Network,
    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUES",
            help="What varies, again for each: lr=0.001..1:log:5, hidden.units=16,32,64, optimizer=adam,sgd.",
        ),
    ] = None,
    random: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Draw so many trials rather than make all of the grid.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="They are drawn with this seed.")] = 0,
    steps: Annotated[
        int | None, typer.Option(min=1, max=MOST_STEPS, help="Steps of each; by default the file's own number.")
    ] = None,
    metric: Annotated[
        SweepMetric | None, typer.Option(help="What is best; by default the validation loss, else the loss.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Trained at once; by default one less than there are cores.")
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Of the sweep; by default sweep1, sweep2 …")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the trials a stopped sweep has left.")] = False,
    keep: Annotated[bool, typer.Option("--keep/--no-keep", help="Keep each trial as a run beside the network.")] = True,
    out: Annotated[Path | None, typer.Option(metavar="BEST.grad", help="Write the best network here.")] = None,
    json: Json = False,
) -> int:
    """Train a network with many settings or params, a grid or random ones, and say which are best."""
    from gradstudio.cli.sweep import Wanted, sweep_file

    best = None if metric is None else metric.value
    wanted = Wanted(tuple(over or ()), random, seed, steps, best, name, workers, resume, keep, out)
    return sweep_file(file, wanted, as_json=json)


@app.command()
def gradients(
    file: Network,
    full: Annotated[bool, typer.Option("--full", help="Whole arrays, not norm, min and max.")] = False,
    json: Json = False,
) -> int:
    """Print every node's forward value and gradient."""
    from gradstudio.cli.gradients import show_gradients

    return show_gradients(file, full=full, as_json=json)


@app.command()
def check(file: Network, json: Json = False) -> int:
    """Hold every gradient against centred differences. Ends with 1 if one is wrong."""
    from gradstudio.cli.check import check_file

    return check_file(file, as_json=json)


@app.command()
def grade(
    file: Annotated[Path, typer.Argument(metavar="EXERCISE.grad", help="The network with the exercise in it.")],
    answers: Annotated[list[Path], typer.Argument(metavar="ANSWERS.json…", help="The answers, a file a learner.")],
    json: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet instead of a table.")] = False,
) -> int:
    """Mark the answers of a class: a table of names, points and likely mistakes."""
    from gradstudio.cli.grade import grade as mark_class

    return mark_class(file, answers, as_json=json, as_csv=csv)


@app.command()
def picture(
    file: Network,
    out: Annotated[Path, typer.Argument(metavar="OUT.png|OUT.svg", help="The picture to write.")],
    theme: Theme = ThemeName.LIGHT,
    scale: Annotated[float, typer.Option(min=0.1, max=8.0, help="Pixels per canvas unit of a PNG.")] = 2.0,
    transparent: Annotated[bool, typer.Option("--transparent", help="Leave the background out.")] = False,
    only: Annotated[
        str | None, typer.Option(metavar="NODES", help="Draw only these nodes and the wires between them: a,b,c.")
    ] = None,
) -> int:
    """Draw the network or a part of it, with its values and gradients, into a PNG or SVG file."""
    from gradstudio.cli.pictures import draw_network

    return draw_network(file, out, theme.value, scale, only, transparent=transparent)


@app.command()
def window(
    file: Network,
    out: Annotated[Path, typer.Argument(metavar="OUT.png", help="The picture to write.")],
    train: Annotated[int, typer.Option(metavar="N", min=0, max=MOST_STEPS, help="Train so many steps first.")] = 0,
    select: Annotated[str | None, typer.Option(metavar="NODE", help="Select the node of this name.")] = None,
    size: Annotated[str, typer.Option(metavar="WxH", help="Size of the window in pixels.")] = "1760x1080",
    theme: Theme = ThemeName.DARK,
) -> int:
    """Draw the whole studio window with a network in it, without a screen."""
    from gradstudio.cli.pictures import draw_window

    return draw_window(file, out, train, select, size, theme.value)


@app.command()
@spread
def data(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="CSV, TSV, Parquet, NPY, NPZ, IDX, a folder of images, or e.g. iris.")
    ],
    reading: ReadingOptions,
    preparing: PreparingOptions,
    json: Json = False,
) -> int:
    """Say what is recognised in a file of data: columns, types, what is missing, how classes are balanced."""
    from gradstudio.cli.data import show_data

    return show_data(file, reading, preparing, as_json=json)


@app.command()
@spread
def new(
    network: Annotated[
        str,
        typer.Argument(metavar="NETWORK", help="One of `gradstudio examples`, or one line such as 784-256-relu-10."),
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT.grad", help="The file to write.")],
    reading: ReadingOptions,
    preparing: PreparingOptions,
    learning: LearningOptions,
    data: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Make it learn this file, or e.g. iris; NETWORK is then 64-relu, or empty."),
    ] = None,
) -> int:
    """Start a network from an example, from one line of text, or for a file of data."""
    if data is not None:
        from gradstudio.cli.newnet import new_for_data

        return new_for_data(network, data, reading, preparing, learning, out)
    if said(reading) or said(preparing):
        raise UsageError("Options on how data is read and prepared need --data FILE")
    from gradstudio.cli.examples import new_network

    return new_network(network, out, learning)


@app.command()
def examples(json: Json = False) -> int:
    """List the example networks."""
    from gradstudio.cli.examples import list_examples

    return list_examples(as_json=json)


@app.command()
def export(
    file: Network,
    out: Annotated[Path, typer.Argument(metavar="OUT.py", help="The script to write.")],
    predictor: Annotated[
        bool, typer.Option("--predictor", help="A script that reads rows of a file and writes what the network says.")
    ] = False,
) -> int:
    """Write the network as a NumPy script with its forward and backward pass spelled out, or as a predictor."""
    if predictor:
        from gradstudio.cli.predictor import write_predictor

        return write_predictor(file, out)
    from gradstudio.cli.examples import export_numpy

    return export_numpy(file, out)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write into.")] = Path(
        "gradstudio-demo"
    ),
    steps: Annotated[int | None, typer.Option(min=1, max=MOST_STEPS, help="Steps to make; by default 10,000.")] = None,
) -> int:
    """Train the spiral example and draw the window, all without a screen."""
    from gradstudio.cli.demo import run_demo

    return run_demo(out, steps)
