"""Which settings of the training are allowed."""

from __future__ import annotations

import difflib
import math
from dataclasses import fields
from typing import Any, get_args

from gradstudio.document.course import OptimizerName, ScheduleName, Settings
from gradstudio.document.reasons import SettingsError

_WHOLE = {
    "steps": (1, 10**9), "batch_size": (1, 10**9), "seed": (0, 2**32 - 1), "period": (1, 10**9), "warmup": (0, 10**9),
    "patience": (0, 10**9), "stop_patience": (1, 10**9),
}  # fmt: skip
_CHOICE = {
    "optimizer": get_args(OptimizerName), "dtype": ("float32", "float64"), "schedule": get_args(ScheduleName),
}  # fmt: skip
_RATES = ("learning_rate", "clip_norm", "clip_value")
_AMOUNTS = ("least_rate", "stop_delta")
_OPTIONAL = ("batch_size", "objective", "period", "clip_norm", "clip_value", "stop_patience")
_NAMES = tuple(field.name for field in fields(Settings))


def checked(name: str, value: object) -> Any:
    """A setting's value in its normal form; the objective only by type, for it needs a document.

    Raises:
        SettingsError: with a sentence that says what was expected and found.
    """
    title = name.replace("_", " ")
    if name not in _NAMES:
        near = difflib.get_close_matches(name, _NAMES, 3, 0.0)
        raise SettingsError(f"There is no setting “{name}”; of {len(_NAMES)} the nearest are {', '.join(near)}.")
    if name in _CHOICE:
        return _choice(title, _CHOICE[name], value)
    if value is None and name in _OPTIONAL:
        return None
    if name == "objective":
        return _whole(title, 0, 2**63 - 1, value)
    if name in _WHOLE:
        return _whole(title, *_WHOLE[name], value)
    if name == "factor" and value == 0:
        raise SettingsError("The factor needs a number above 0 (at most 1), found “0”.")
    if name in _AMOUNTS:
        return _amount(title, value)
    return _rate(title, value) if name in _RATES else _share(title, value)


def problem(settings: Settings) -> str | None:
    """What is wrong with settings, in a sentence, or None."""
    try:
        for name in _NAMES:
            checked(name, getattr(settings, name))
    except SettingsError as error:
        return error.message
    return None


def _choice(title: str, choices: tuple[str, ...], value: object) -> str:
    if isinstance(value, str) and value in choices:
        return value
    raise SettingsError(f"The {title} is one of {', '.join(choices)}, not {_shown(value)}.")


def _whole(title: str, low: int, high: int, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise SettingsError(f"The {title} needs a whole number from {low:,} to {high:,}, found {_shown(value)}.")


def _rate(title: str, value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= 1e6:
        return float(value)
    raise SettingsError(f"The {title} needs a number above 0 (at most 1,000,000), found {_shown(value)}.")


def _amount(title: str, value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1e6:
        return math.fabs(value)
    raise SettingsError(f"The {title} needs a number from 0 to 1,000,000, found {_shown(value)}.")


def _share(title: str, value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1:
        return math.fabs(value)
    raise SettingsError(f"The {title} needs a number from 0 to 1, found {_shown(value)}.")


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    text = str(value) if not isinstance(value, int) or abs(value) < 10**30 else "a number of many digits"
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"
