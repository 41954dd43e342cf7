"""What is known of one run, and its one form as strict JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from gradstudio.document.model import Settings
from gradstudio.document.reasons import SettingsError
from gradstudio.document.settings import checked
from gradstudio.engine.gate import Array
from gradstudio.files import blame, strictjson
from gradstudio.files.errors import Invalid, TooNew, shown

VERSION = 1
LONGEST_NAME, LONGEST_NOTE = 100, 10_000
Scalar: TypeAlias = bool | int | float | str | None
Finite: TypeAlias = Annotated[float, Meta(ge=-1.79e308, le=1.79e308)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)]
NOTHING: Mapping[str, Scalar] = MappingProxyType({})


class Outcome(StrEnum):
    """How a run ended, or that it goes on."""

    RUNNING = "running"
    """It goes on; if the one who trains it is gone, a crash has ended it."""
    FINISHED = "finished"
    PAUSED = "paused"
    STOPPED = "stopped"
    DIVERGED = "diverged"


class Changed(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that was changed while the run went on: `document.course.Adjustment`, as a run keeps it.

    Attributes:
        step: the first step made with it.
        setting: a setting's name, or what else happened: a node was frozen, the learning rate lowered on a plateau.
        old: what it was.
        new: what it is from then on.
    """

    step: Count
    setting: str
    old: Scalar
    new: Scalar


class Best(Struct, frozen=True, forbid_unknown_fields=True):
    """The best state of a run that was looked at, kept beside its last one.

    Attributes:
        step: steps done then.
        of: what was best: "validation_loss" or "loss".
        value: of that.
    """

    step: Count
    of: Literal["validation_loss", "loss"]
    value: Finite


class Result(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What came of a run; None for what was never measured, or isn't finite."""

    loss: Finite | None = None
    accuracy: Finite | None = None
    validation_loss: Finite | None = None
    validation_accuracy: Finite | None = None
    test_loss: Finite | None = None
    test_accuracy: Finite | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One training, from its start to its pause, end or stop.

    Attributes:
        number: within its folder, from 1; 0 while it has none.
        name: given by a person; empty for none.
        note: likewise.
        began: when, in seconds since 1970 (UTC).
        seconds: it trained, pauses left out.
        first: steps done before it.
        step: steps done after it.
        goal: the step it was to go to.
        outcome: how it ended.
        settings: those it began with.
        changes: what was changed while it went on.
        result: what came of it.
        best: the best state that is kept beside the last one; None for none.
        varied: what was set on purpose for this run beside the settings, by name: "dense1.units".
        origin: who trained: "window", "command line", "sweep" …
        message: why it failed, in a sentence.
        size: bytes it takes.
        has_network: whether the network is kept: one that is too large isn't.
    """

    number: int = 0
    name: str = ""
    note: str = ""
    began: float = 0.0
    seconds: float = 0.0
    first: int = 0
    step: int = 0
    goal: int = 0
    outcome: Outcome = Outcome.FINISHED
    settings: Settings = field(default_factory=Settings)
    changes: tuple[Changed, ...] = ()
    result: Result = field(default_factory=Result)
    best: Best | None = None
    varied: Mapping[str, Scalar] = field(default_factory=lambda: NOTHING)
    origin: str = "window"
    message: str = ""
    size: int = 0
    has_network: bool = True

    @property
    def title(self) -> str:
        """Its name, or "run 7"."""
        return self.name or f"run {self.number}"

    @property
    def steps(self) -> int:
        """Steps it made."""
        return self.step - self.first

    def numbered(self, number: int) -> Run:
        """The run with the number its folder has given it."""
        return replace(self, number=number)

    def with_result(self, history: Mapping[str, Array]) -> Run:
        """The run with what the last rows of a learning curve say; what was tested stays."""
        found = {name: last(history, name) for name in _MEASURED}
        known = {name: value for name, value in found.items() if value is not None}
        return replace(self, result=msgspec.structs.replace(self.result, **known))

    def but(self, known: Mapping[str, object]) -> Run:
        """The run with some fields of it or of its result put in their place; None leaves a result as it is."""
        measured = {k: v for k, v in known.items() if k in self.result.__struct_fields__ and v is not None}
        plain: dict[str, Any] = {k: v for k, v in known.items() if k not in self.result.__struct_fields__}
        return replace(self, result=msgspec.structs.replace(self.result, **measured), **plain)


_MEASURED = ("loss", "accuracy", "validation_loss", "validation_accuracy")


def last(history: Mapping[str, Array], name: str) -> float | None:
    """The last finite number of a column; None where there is none."""
    column = history.get(name, ())
    return next((float(x) for x in reversed(column) if math.isfinite(x)), None)


class _Record(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A run in its file; `omit_defaults` leaves out what there isn't."""

    format: Literal["gradstudio-run"]
    version: int
    began: Finite
    seconds: Finite
    first: Count
    step: Count
    goal: Count
    outcome: Outcome
    settings: dict[str, Scalar]
    origin: Annotated[str, Meta(max_length=LONGEST_NAME)]
    name: Annotated[str, Meta(max_length=LONGEST_NAME)] = ""
    note: Annotated[str, Meta(max_length=LONGEST_NOTE)] = ""
    changes: tuple[Changed, ...] = ()
    result: Result = msgspec.field(default_factory=Result)
    best: Best | None = None
    varied: dict[str, Scalar] = msgspec.field(default_factory=dict)
    message: str = ""
    has_network: bool = True


class _Stamp(Struct, frozen=True):
    """What every version says of itself."""

    format: Literal["gradstudio-run"]
    version: Annotated[int, Meta(ge=1)]


_PLAIN = tuple(f.name for f in fields(Run) if f.name not in ("number", "settings", "varied", "size", "result"))
_ENCODER = msgspec.json.Encoder(order="deterministic")


def written(run: Run) -> bytes:
    """The run as strict JSON: the same run makes the same bytes."""
    known = {name: getattr(run, name) for name in _PLAIN}
    settings, usual = asdict(run.settings), asdict(Settings())
    chosen = {name: value for name, value in settings.items() if value != usual[name]}
    record = _Record(
        format="gradstudio-run", version=VERSION, settings=chosen, varied=dict(run.varied), result=_finite(run.result),
        **known,
    )  # fmt: skip
    return msgspec.json.format(_ENCODER.encode(record), indent=1) + b"\n"


def read(data: bytes) -> Run:
    """The run in these bytes; its number and size only the folder knows.

    Raises:
        FileProblem: if they aren't a run through and through.
    """
    strictjson.check(data, "run")
    stamp = blame.decode(data, _Stamp)
    if stamp.version > VERSION:
        advice = "A newer GradStudio wrote this run: update GradStudio to see it."
        raise TooNew(f"version {VERSION} or older", f"version {stamp.version}", place="version", advice=advice)
    record = blame.decode(data, _Record)
    known: dict[str, Any] = {name: getattr(record, name) for name in _PLAIN}
    return Run(
        settings=_settings(record.settings), varied=MappingProxyType(record.varied), result=record.result, **known
    )


def _settings(chosen: Mapping[str, Scalar]) -> Settings:
    made = Settings()
    for name, value in chosen.items():
        try:
            made = replace(made, **{name: checked(name, value)})
        except SettingsError as error:
            raise Invalid("a setting of training", f"{shown(value)}: {error}", place=f"settings.{name}") from None
    return made


def _finite(result: Result) -> Result:
    """Numbers JSON doesn't know are left out."""
    known = {name: getattr(result, name) for name in result.__struct_fields__}
    return Result(**{name: value for name, value in known.items() if value is not None and math.isfinite(value)})
