"""Options that several commands share: each is declared once, in a group that says what it is about.

A command that takes a parameter of such a group takes the group's options; `spread` shows them to the option parser.
What options mean for readers and preparations is looked up when a command runs, so that help stays fast.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from gradstudio.cli.failures import InputError

if TYPE_CHECKING:
    from gradstudio.data.preparation import Preparation
    from gradstudio.data.reading import Reading
    from gradstudio.data.table import Table

CELL_TYPES = ("number", "category", "date", "text")
MOST_STEPS, LARGEST_SEED = 10**9, 2**32 - 1
"""As in the settings of a network (`document.settings`), which are not imported for a look at the help."""
_READING, _PREPARING, _LEARNING = "How the file is read", "How its rows are prepared", "How it is trained"
_PACING, _KEEPING = "How its steps change, and when it stops", "What is kept of the run"


class Task(StrEnum):
    """What is told of a row."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"


class Categories(StrEnum):
    """What a category among the features becomes."""

    ONE_HOT = "one-hot"
    INDEX = "index"


class Missing(StrEnum):
    """What is done about missing cells."""

    REFUSE = "refuse"
    DROP = "drop"
    MEAN = "mean"
    MEDIAN = "median"
    CONSTANT = "constant"


class Scaling(StrEnum):
    """What is done to numbers."""

    STANDARDISE = "standardise"
    MIN_MAX = "min-max"
    NONE = "none"


class Split(StrEnum):
    """How rows are divided."""

    RANDOM = "random"
    STRATIFIED = "stratified"
    ORDER = "order"


class Checkpoint(StrEnum):
    """Which states of a run are kept while it goes on."""

    BEST = "best"
    TIME = "time"
    NONE = "none"


class Layout(StrEnum):
    """The axes of pictures."""

    AS_IT_IS = "as it is"
    FLAT = "flat"
    CHANNELS = "channels"


def _option(help_text: str, panel: str, *names: str, metavar: str | None = None, **limits: Any) -> Any:
    return typer.Option(*names, help=help_text, rich_help_panel=panel, metavar=metavar, **limits)


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How a file of data is read; what isn't said is recognised."""

    delimiter: Annotated[str | None, _option("Between cells: , ; | or tab.", _READING, metavar="SIGN")] = None
    decimal: Annotated[str | None, _option("The decimal point or comma.", _READING, metavar=".|,")] = None
    encoding: Annotated[str | None, _option("Such as utf-8 or cp1252.", _READING, metavar="NAME")] = None
    header: Annotated[bool | None, _option("Whether there is a header.", _READING, "--header/--no-header")] = None
    types: Annotated[
        list[str] | None,
        _option("A column's type: number, category, date or text.", _READING, "--type", metavar="COLUMN=TYPE"),
    ] = None
    side: Annotated[
        int | None, _option("Scale the images of a folder to so many pixels a side.", _READING, min=1, max=4096)
    ] = None
    grey: Annotated[bool | None, _option("Whether images become grey.", _READING, "--grey/--colour")] = None

    def on(self, reading: Reading) -> Reading:
        """A way of reading with what was said put in its place.

        Raises:
            InputError: for a type or sign that isn't one.
        """
        import msgspec

        told = said(self)
        if "types" in told:
            told["types"] = {**reading.types, **_types(told["types"])}
        if self.decimal not in (None, ".", ","):
            raise InputError(f"--decimal needs . or a comma, found {self.decimal}.")
        if self.delimiter in ("tab", "\\t"):
            told["delimiter"] = "\t"
        return msgspec.structs.replace(reading, **told)

    def alone(self) -> Reading:
        """What was said of a file nothing else is known of."""
        from gradstudio.data.reading import RECOGNISE

        return self.on(RECOGNISE)


def _types(words: list[str]) -> dict[str, str]:
    found = {}
    for word in words:
        name, _, kind = word.rpartition("=")
        if not name or kind not in CELL_TYPES:
            raise InputError(f"--type needs COLUMN=TYPE with one of {', '.join(CELL_TYPES)}, found {word}.")
        found[name] = kind
    return found


@dataclass(frozen=True, slots=True)
class PreparingOptions:
    """What is done to a table before a network sees it; what isn't said is as the file suggests."""

    target: Annotated[str | None, _option("The column to tell from the others.", _PREPARING, metavar="COLUMN")] = None
    features: Annotated[
        list[str] | None,
        _option("Learn from this column; again for each.", _PREPARING, "--feature", metavar="COLUMN"),
    ] = None
    without: Annotated[
        list[str] | None, _option("Leave this column out; again for each.", _PREPARING, metavar="COLUMN")
    ] = None
    task: Annotated[Task | None, _option("Whether classes or numbers are told.", _PREPARING)] = None
    categories: Annotated[Categories | None, _option("What a category becomes.", _PREPARING)] = None
    missing: Annotated[Missing | None, _option("What is done about missing cells.", _PREPARING)] = None
    fill: Annotated[
        float | None, _option("The number that stands for missing ones; means --missing constant.", _PREPARING)
    ] = None
    scaling: Annotated[Scaling | None, _option("What is done to numbers.", _PREPARING)] = None
    split: Annotated[Split | None, _option("How rows are divided; by order the last ones test.", _PREPARING)] = None
    validation: Annotated[
        float | None, _option("Share of rows that validate.", _PREPARING, metavar="SHARE", min=0.0, max=1.0)
    ] = None
    test: Annotated[
        float | None, _option("Share of rows that test.", _PREPARING, metavar="SHARE", min=0.0, max=1.0)
    ] = None
    split_seed: Annotated[int | None, _option("What the split draws by.", _PREPARING, min=0, max=LARGEST_SEED)] = None
    layout: Annotated[Layout | None, _option("The axes of pictures.", _PREPARING)] = None

    def on(self, table: Table, kept: Preparation | None = None) -> Preparation:
        """A preparation of a table, with what was said put in its place.

        Args:
            table: what is prepared.
            kept: what holds where nothing is said; None for what the table suggests.

        Raises:
            DataProblem: for a column the table hasn't got.
        """
        import msgspec

        from gradstudio.data.preparation import suggested

        how = suggested(table, self.target) if kept is None or self.target is not None else kept
        told = said(self, "target", "without", "split_seed")
        if "features" in told:
            told["features"] = tuple(told["features"])
        for name in self.without or ():
            table.column(name)
            told["features"] = tuple(one for one in told.get("features", how.features) if one != name)
        if self.split_seed is not None:
            told["seed"] = self.split_seed
        if self.fill is not None:
            told["missing"] = Missing.CONSTANT
        plain = {name: value.value if isinstance(value, StrEnum) else value for name, value in told.items()}
        return msgspec.structs.replace(how, **plain)


_NONE_AT_0 = ("period", "clip_norm", "clip_value", "stop_patience")
"""Settings that are switched off; on the command line with 0."""


@dataclass(frozen=True, slots=True)
class StepOptions:
    """Which steps are made; what isn't said is as the network's file says."""

    steps: Annotated[int | None, _option("Steps to make.", _LEARNING, min=1, max=MOST_STEPS)] = None
    epochs: Annotated[
        float | None, _option("Instead of steps: how often to go through the training rows.", _LEARNING, min=0.0)
    ] = None
    batch: Annotated[int | None, _option("Rows a step sees; 0 for all.", _LEARNING, min=0, max=MOST_STEPS)] = None
    learning_rate: Annotated[float | None, _option("The size of a step.", _LEARNING)] = None
    optimizer: Annotated[str | None, _option("Such as sgd, momentum or adam.", _LEARNING, metavar="NAME")] = None
    schedule: Annotated[
        str | None, _option("How the learning rate changes, over this run: such as cosine.", _LEARNING, metavar="NAME")
    ] = None


@dataclass(frozen=True, slots=True)
class LearningOptions(StepOptions):
    """How a network is trained: which steps, how they change on the way, what holds them back, and when they end."""

    momentum: Annotated[float | None, _option("Of momentum and nesterov, 0 to 1.", _PACING)] = None
    period: Annotated[int | None, _option("Steps of the schedule's period; 0: those of a run.", _PACING, min=0)] = None
    factor: Annotated[float | None, _option("What a period or plateau multiplies the rate by.", _PACING)] = None
    warmup: Annotated[int | None, _option("Steps in which the rate grows to its full size.", _PACING, min=0)] = None
    patience: Annotated[
        int | None, _option("Steps without a lower loss until --schedule plateau lowers the rate.", _PACING, min=0)
    ] = None
    threshold: Annotated[float | None, _option("By what share a loss must be lower for that.", _PACING)] = None
    least_rate: Annotated[float | None, _option("The rate isn't lowered below this.", _PACING)] = None
    weight_decay: Annotated[float | None, _option("λ: pulls every parameter towards 0.", _PACING)] = None
    clip_norm: Annotated[float | None, _option("Largest norm of all gradients; 0: no limit.", _PACING)] = None
    clip_value: Annotated[float | None, _option("Largest entry of a gradient; 0: no limit.", _PACING)] = None
    stop_patience: Annotated[
        int | None,
        _option("Stop, with the best weights, after so many steps without a lower loss; 0: don't.", _PACING, min=0),
    ] = None
    stop_delta: Annotated[float | None, _option("By how much a loss must be lower for that.", _PACING)] = None
    freeze: Annotated[
        list[str] | None, _option("Leave this node's weights as they are; again for each.", _PACING, metavar="NODE")
    ] = None
    unfreeze: Annotated[
        list[str] | None, _option("Train this frozen node again; again for each.", _PACING, metavar="NODE")
    ] = None

    def settings(self) -> dict[str, Any]:
        """What was said, by the names of the settings; how long it trains is asked of `steps_for`."""
        told = said(self, "steps", "epochs", "batch", "freeze", "unfreeze")
        told |= {name: told[name] or None for name in _NONE_AT_0 if name in told}
        if self.batch is not None:
            told["batch_size"] = self.batch or None
        return ({"period": None} if self.schedule is not None else {}) | told

    def steps_for(self, samples: int | None, batch: int | None) -> int | None:
        """How many steps were asked for; None if nothing was said.

        Raises:
            InputError: if both steps and epochs were said, or there is no data to go through.
        """
        if self.epochs is None:
            return self.steps
        if self.steps is not None:
            raise InputError("Say --steps or --epochs, not both.")
        if not samples or not self.epochs > 0:
            found = f"found {self.epochs:g}" if samples else "and the network has none"
            raise InputError(f"--epochs needs a number above 0 and rows of data to go through, {found}.")
        from gradstudio.data.batches import steps_of

        return min(steps_of(self.epochs, samples, batch), MOST_STEPS)


@dataclass(frozen=True, slots=True)
class KeepingOptions:
    """What is kept of a run, beside the network's file."""

    keep: Annotated[
        bool, _option("Whether the run is kept, in NAME.runs beside the file.", _KEEPING, "--keep/--no-keep")
    ] = True
    checkpoint_every: Annotated[
        str, _option("Keep its state so often: 60s, 5m, 1h or never.", _KEEPING, metavar="TIME")
    ] = "5m"
    checkpoint: Annotated[
        Checkpoint, _option("By time and the best so far, by time alone, or only its end.", _KEEPING)
    ] = Checkpoint.BEST
    resume: Annotated[
        bool, _option("Go on with the newest run that was interrupted or stopped.", _KEEPING, "--resume")
    ] = False


def said(group: Any, *but: str) -> dict[str, Any]:
    """The options of a group that were given, except some."""
    given = {field.name: getattr(group, field.name) for field in fields(group) if field.name not in but}
    return {name: value for name, value in given.items() if value is not None}


def spread(command: Callable[..., int]) -> Callable[..., int]:
    """A command whose groups of options are shown to the parser one by one."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}

    @wraps(command)
    def taken(**words: Any) -> int:
        made = {
            name: kind(**{field.name: words.pop(field.name) for field in fields(kind)}) for name, kind in groups.items()
        }
        return command(**words, **made)

    taken.__annotations__ = {}
    taken.__signature__ = inspect.Signature(list(_parameters(command, hints, groups)))  # type: ignore[attr-defined]
    return taken


def _parameters(
    command: Callable[..., int], hints: Mapping[str, Any], groups: Mapping[str, Any]
) -> list[inspect.Parameter]:
    found = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name not in groups:
            found.append(parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        inner = get_type_hints(groups[name], include_extras=True)
        found += [
            inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=inner[one.name])
            for one in fields(groups[name])
        ]
    return found
