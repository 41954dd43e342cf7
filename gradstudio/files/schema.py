"""What a document looks like in a file, as types: msgspec reads JSON into them strictly.

The same records serve both forms of a file. Only how an array is written differs: `Stored` names a tensor of the
safetensors container, `Listed` spells the array out (`.grad.json`).
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeAlias, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct

from gradstudio.document.model import OptimizerName, ScheduleName
from gradstudio.document.questions import Asks
from gradstudio.files import limits

FORMAT: Literal["gradstudio"] = "gradstudio"
VERSION = 1

Id: TypeAlias = Annotated[int, Meta(ge=1, le=limits.ID)]
Whole: TypeAlias = Annotated[int, Meta(ge=-limits.INTEGER, le=limits.INTEGER - 1)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=limits.INTEGER - 1)]
Word: TypeAlias = Annotated[str, Meta(min_length=1, max_length=limits.WORD)]
Coordinate: TypeAlias = Annotated[float, Meta(ge=-limits.COORDINATE, le=limits.COORDINATE)]
DType: TypeAlias = Literal["float32", "float64", "int64", "uint8", "bool"]
Scalar: TypeAlias = bool | Whole | float | str | None


class Stored(Struct, frozen=True, forbid_unknown_fields=True):
    """An array that is the tensor of this name."""

    tensor: str


class Listed(Struct, frozen=True, forbid_unknown_fields=True):
    """An array spelled out: nested lists of numbers; hexadecimal bits for an entry that isn't finite."""

    dtype: DType
    shape: Annotated[tuple[Count, ...], Meta(max_length=limits.RANK)]
    data: Any


A = TypeVar("A", Stored, Listed)


class NodeRecord(Struct, Generic[A], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A `document.model.Node`. What it isn't (muted, coloured, with a note, in a group, frozen) isn't written."""

    id: Id
    gate: Word
    name: str
    params: dict[str, Scalar | A]
    x: Coordinate
    y: Coordinate
    muted: bool = False
    color: str = ""
    note: str = ""
    group: Id | None = None
    frozen: bool = False


class WireRecord(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A `document.model.Wire`. Without dots it has no `via`."""

    id: Id
    source: Id
    output: Word
    target: Id
    input: Word
    via: Annotated[tuple[tuple[Coordinate, Coordinate], ...], Meta(max_length=limits.DOTS)] = ()


class PortRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """A `document.regions.Exposed`."""

    name: str
    node: Id
    port: Word


class GroupRecord(Struct, Generic[A], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A `document.regions.Group`. Without a parent, a colour or a node it was made of it has no such field."""

    id: Id
    name: str
    x: Coordinate
    y: Coordinate
    collapsed: bool
    inputs: Annotated[tuple[PortRecord, ...], Meta(max_length=limits.PORTS)]
    outputs: Annotated[tuple[PortRecord, ...], Meta(max_length=limits.PORTS)]
    color: str = ""
    parent: Id | None = None
    origin: NodeRecord[A] | None = None


class FrameRecord(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A `document.regions.Frame`. Outside of groups, or without a colour, it has no such field."""

    id: Id
    title: str
    x: Coordinate
    y: Coordinate
    width: Coordinate
    height: Coordinate
    color: str = ""
    group: Id | None = None


class CommentRecord(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A `document.regions.Comment`. Outside of groups, or without a colour, it has no such field."""

    id: Id
    text: str
    x: Coordinate
    y: Coordinate
    width: Coordinate
    height: Coordinate
    color: str = ""
    group: Id | None = None


class QuestionRecord(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A `document.questions.Question`: of a wire, or of a node's port. Without a text it has no such field."""

    asks: Asks
    wire: Id | None = None
    node: Id | None = None
    port: Annotated[str, Meta(max_length=limits.WORD)] = ""
    text: str = ""


class ExerciseRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """A `document.questions.Exercise`."""

    title: str
    questions: Annotated[tuple[QuestionRecord, ...], Meta(max_length=limits.QUESTIONS)]


class SettingsRecord(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A `document.model.Settings`. What came later (from `schedule` on) is only written where it differs."""

    optimizer: OptimizerName
    learning_rate: float
    momentum: float
    steps: Count
    batch_size: Count | None
    seed: Count
    dtype: Literal["float32", "float64"]
    objective: Id | None
    schedule: ScheduleName = "constant"
    period: Count | None = None
    factor: float = 0.5
    warmup: Count = 0
    clip_norm: float | None = None
    clip_value: float | None = None
    weight_decay: float = 0.0
    patience: Count = 200
    threshold: float = 1e-4
    least_rate: float = 0.0
    stop_patience: Count | None = None
    stop_delta: float = 0.0


class HowRecord(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A `document.course.How`."""

    settings: SettingsRecord
    frozen: Annotated[tuple[Id, ...], Meta(max_length=limits.NODES)] = ()


class AdjustmentRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """A `document.course.Adjustment`."""

    step: Count
    what: Word
    before: Scalar
    after: Scalar


class TrainingRecord(Struct, Generic[A], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A `document.course.Training`. `how` is written where the settings have been changed since the last step."""

    step: Count
    parameters: dict[str, A]
    optimizer: dict[str, A]
    history: dict[str, A]
    changes: Annotated[tuple[AdjustmentRecord, ...], Meta(max_length=limits.CHANGES)] = ()
    watched: dict[str, float] = {}
    how: HowRecord | None = None


class DocumentRecord(Struct, Generic[A], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A `document.model.Document`. Where there are no groups, frames, comments or exercise it has no such field."""

    nodes: Annotated[tuple[NodeRecord[A], ...], Meta(max_length=limits.NODES)]
    wires: Annotated[tuple[WireRecord, ...], Meta(max_length=limits.WIRES)]
    settings: SettingsRecord
    training: TrainingRecord[A]
    groups: Annotated[tuple[GroupRecord[A], ...], Meta(max_length=limits.AREAS)] = ()
    frames: Annotated[tuple[FrameRecord, ...], Meta(max_length=limits.AREAS)] = ()
    comments: Annotated[tuple[CommentRecord, ...], Meta(max_length=limits.AREAS)] = ()
    exercise: ExerciseRecord | None = None


class Stamp(Struct, frozen=True):
    """What every version of the format says of itself; read before anything else."""

    format: Literal["gradstudio"]
    version: Annotated[int, Meta(ge=1)]


class Envelope(Struct, frozen=True, forbid_unknown_fields=True):
    """The document in its file: the digest covers `document`, byte for byte, and every tensor."""

    format: Literal["gradstudio"]
    version: Annotated[int, Meta(ge=1)]
    document: msgspec.Raw
    digest: str


class TextEnvelope(Struct, frozen=True, forbid_unknown_fields=True):
    """The document in its text form, which people and version control may edit: no digest."""

    format: Literal["gradstudio"]
    version: Annotated[int, Meta(ge=1)]
    document: msgspec.Raw


CHOICES: dict[str, tuple[str, ...]] = {
    "optimizer": get_args(OptimizerName),
    "schedule": get_args(ScheduleName),
    "dtype": get_args(DType),
    "asks": get_args(Asks),
    "format": (FORMAT,),
}
"""The words a field may hold, by its name: for messages."""
