"""Settings, and what is known of the way a training has gone, as records of a file and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from types import MappingProxyType
from typing import Any

import msgspec

from gradstudio.document.course import KINDS, Adjustment, How, Settings, Training
from gradstudio.document.model import Document
from gradstudio.document.reasons import SettingsError
from gradstudio.document.settings import checked
from gradstudio.document.watched import problem
from gradstudio.files.errors import Invalid, join, shown
from gradstudio.files.schema import A, AdjustmentRecord, HowRecord, SettingsRecord, TrainingRecord

_CHANGED = (*(field.name for field in fields(Settings)), *KINDS)


def settings_record(settings: Settings) -> SettingsRecord:
    """The settings, but those a record may be without where they are as usual: it leaves out its own defaults only."""
    usual = {f.name: f.default for f in msgspec.structs.fields(SettingsRecord) if f.default is not msgspec.NODEFAULT}
    found = asdict(settings)
    return SettingsRecord(**{name: found[name] for name in found if name not in usual or found[name] != usual[name]})


def settings_of(record: SettingsRecord) -> Settings:
    """The settings of a record."""
    return Settings(**msgspec.structs.asdict(record))


def records_of(
    document: Document, training: Training
) -> tuple[tuple[AdjustmentRecord, ...], dict[str, float], HowRecord | None]:
    """Changes, what was watched, and what the last step went by where that isn't what the next one would go by.

    Raises:
        Invalid: with the place of what no reader would take.
    """
    check(training)
    changes = tuple(AdjustmentRecord(c.step, c.what, c.before, c.after) for c in training.changes)
    how = training.how
    if how is None or not training.step:
        return changes, dict(training.watched), None
    known = frozenset(how.frozen & document.nodes.keys())
    if how.settings == document.settings and known == frozen_of(document):
        return changes, dict(training.watched), None
    return changes, dict(training.watched), HowRecord(settings_record(how.settings), tuple(sorted(known)))


def frozen_of(document: Document) -> frozenset[int]:
    """The nodes that are frozen now."""
    return frozenset(node.id for node in document.nodes.values() if node.frozen)


def course_of(
    record: TrainingRecord[A], settings: Settings, frozen: frozenset[int]
) -> tuple[tuple[Adjustment, ...], Mapping[str, float], How | None]:
    """What `records_of` wrote.

    Args:
        record: of the training.
        settings: those of the document.
        frozen: nodes that are frozen in it.
    """
    changes = tuple(Adjustment(c.step, c.what, c.before, c.after) for c in record.changes)
    how = How(settings, frozen) if record.step else None
    if record.how is not None:
        how = How(settings_of(record.how.settings), frozenset(record.how.frozen))
    return changes, MappingProxyType(dict(record.watched)), how


def check(training: Training) -> None:
    """Refuse changes, a watch or settings that no training could have left.

    Raises:
        Invalid: with the place.
    """
    last = 0
    for i, change in enumerate(training.changes):
        if change.what not in _CHANGED:
            expected = f"the name of a setting, or one of {', '.join(KINDS)}"
            raise Invalid(expected, shown(change.what), place=f"training.changes[{i}].what")
        if not last <= change.step <= training.step:
            expected = f"a step from {last} to {training.step}, in the order of the steps"
            raise Invalid(expected, str(change.step), place=f"training.changes[{i}].step")
        last = change.step
    for name, value in training.watched.items():
        wrong = problem(name, value, training.step)
        if wrong is not None:
            raise Invalid(*wrong, place=join("training.watched", name))
    if training.how is not None:
        check_settings(training.how.settings, "training.how.settings")


def check_settings(settings: Settings, place: str) -> None:
    """Refuse settings nothing can be trained with.

    Raises:
        Invalid: with the place of one.
    """
    values: dict[str, Any] = asdict(settings)
    for name, value in values.items():
        try:
            checked(name, value)
        except SettingsError as error:
            expected = "a setting that can be trained with"
            raise Invalid(expected, shown(value), place=f"{place}.{name}", advice=error.message) from None
