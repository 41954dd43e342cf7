"""Classifiers of tables that come with the studio, some of their rows held back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from gradstudio.data.record import text_of
from gradstudio.data.shelf import Shelf, shipped_record
from gradstudio.document.model import Document, Settings
from gradstudio.engine.supply import SUPPLY
from tests.training.networks import network


@contextmanager
def answered() -> Iterator[None]:
    """For the time of the block data nodes get their arrays."""
    before = SUPPLY.provider
    Shelf().install()
    yield
    SUPPLY.provider = before
    SUPPLY.changed()


def digits(part: str = "training", loss: str = "softmax_cross_entropy", **settings: Any) -> Document:
    """One layer that tells digits: a fifth of the rows validates, a quarter tests."""
    record = shipped_record("digits")
    how = msgspec.structs.replace(record.preparation, validation=0.2)
    text = text_of(msgspec.structs.replace(record, preparation=how))
    nodes: dict[str, Any] = {"data": ("data", {"record": text, "part": part}), "scores": ("dense", {"units": 10})}
    wires = [("data.X", "scores.x"), ("scores.z", "loss.scores"), ("data.labels", "loss.labels")]
    return network({**nodes, "loss": (loss, {})}, wires, Settings(**settings))


def diabetes(**settings: Any) -> Document:
    """One layer that tells a number."""
    nodes: dict[str, Any] = {"data": ("data_numbers", {"record": text_of(shipped_record("diabetes"))})}
    wires = [("data.X", "line.x"), ("line.z", "loss.prediction"), ("data.y", "loss.target")]
    told = {"line": ("dense", {"units": 1}), "loss": ("mean_squared_error", {})}
    return network({**nodes, **told}, wires, Settings(**settings))
