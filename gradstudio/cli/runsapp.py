"""`gradstudio runs` and its commands, with their options."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

Network = Annotated[Path, typer.Argument(metavar="NETWORK", help="The network's file, as .grad or .grad.json.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="Its number, or its name.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON (docs/command-line.md) instead of text.")]


class Order(StrEnum):
    """What a list of runs is sorted by."""

    NUMBER = "number"
    NAME = "name"
    WHEN = "when"
    STEPS = "steps"
    SECONDS = "seconds"
    LOSS = "loss"
    VALIDATION = "validation"
    ACCURACY = "accuracy"
    TEST = "test"


class _ListByDefault(TyperGroup):
    """A group whose first word may be a network: then its runs are listed."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Put the command in where there is none."""
        known = not args or args[0] in self.commands or args[0] in ("--help", "-h")
        return super().parse_args(ctx, args if known else ["list", *args])


runs = typer.Typer(
    name="runs",
    cls=_ListByDefault,
    help="What was trained: gradstudio runs NETWORK lists every run of a network; the commands say more of one.",
    rich_markup_mode="rich",
)


@runs.command("list")
def list_runs(
    network: Network,
    sort: Annotated[
        Order, typer.Option(help="What they are sorted by: the best, oldest or shortest first.")
    ] = Order.NUMBER,
    json: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet instead of a table.")] = False,
) -> int:
    """List the runs of a network: gradstudio runs NETWORK does the same."""
    from gradstudio.cli.runs import show_runs

    return show_runs(network, sort.value, as_json=json, as_csv=csv)


@runs.command()
def show(network: Network, run: RunName, json: Json = False) -> int:
    """Tell all that is known of a run: settings, what was changed on the way, result."""
    from gradstudio.cli.runs import show_run

    return show_run(network, run, as_json=json)


@runs.command()
def rename(
    network: Network,
    run: RunName,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new name; an empty one takes it away.")],
) -> int:
    """Give a run a name: those with one are kept longest."""
    from gradstudio.cli.runs import rename_run

    return rename_run(network, run, name)


@runs.command()
def note(
    network: Network,
    run: RunName,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The note; an empty one takes it away.")],
) -> int:
    """Write a note on a run."""
    from gradstudio.cli.runs import annotate_run

    return annotate_run(network, run, text)


@runs.command()
def delete(
    network: Network,
    which: Annotated[list[str], typer.Argument(metavar="RUN…", help="Numbers or names.")],
) -> int:
    """Take runs away, for good."""
    from gradstudio.cli.runs import delete_runs

    return delete_runs(network, which)


@runs.command()
def restore(
    network: Network,
    run: RunName,
    out: Annotated[Path, typer.Argument(metavar="OUT.grad", help="The file to write; NETWORK itself, if you like.")],
    best: Annotated[bool, typer.Option("--best", help="As it was at its best, not at its end.")] = False,
) -> int:
    """Write the network as a run left it, with all it had learned."""
    from gradstudio.cli.runs import restore_run

    return restore_run(network, run, out, best=best)


@runs.command()
def compare(
    network: Network,
    one: Annotated[str, typer.Argument(metavar="A", help="A run's number, or its name.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Another's.")],
    json: Json = False,
) -> int:
    """Say in which settings and results two runs differ."""
    from gradstudio.cli.runs import compare_runs

    return compare_runs(network, one, other, as_json=json)
