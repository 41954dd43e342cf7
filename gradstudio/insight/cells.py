"""A sample as people know it: the picture it is, or the cells of its row before they were scaled and encoded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gradstudio.data.errors import DataProblem
from gradstudio.data.nodes import data_node, fitted_of
from gradstudio.data.table import Type, date_text
from gradstudio.engine.errors import EngineError
from gradstudio.insight.weights import image_shape

if TYPE_CHECKING:
    from gradstudio.data.fitting import Feature
    from gradstudio.document.model import Document
    from gradstudio.engine.gate import Array, Shape

MOST = 12
"""Cells of a row that are told."""


class Cells:
    """How samples of a network's data are shown.

    Args:
        document: the network.
        shape: of all its samples.

    Attributes:
        image: (height, width, channels, whether channels come first) where a sample is a picture, else None.
    """

    def __init__(self, document: Document, shape: Shape) -> None:
        self.image = image_shape(shape, math.prod(shape[1:]))
        self._features = _features(document, shape) if self.image is None else ()
        told = sum(feature.width for feature in self._features) or MOST
        self._more = math.prod(shape[1:]) > told

    def picture(self, sample: Array) -> Array | None:
        """A picture as bytes, height × width × 3; None of what is no picture."""
        if self.image is None:
            return None
        high, wide, channels, first = self.image
        shaped = (
            sample.reshape(channels, high, wide).transpose(1, 2, 0) if first else sample.reshape(high, wide, channels)
        )
        with np.errstate(all="ignore"):
            low, top = np.nanmin(shaped), np.nanmax(shaped)
            grey = np.nan_to_num((shaped - low) * (255.0 / (top - low) if top > low else 0.0))
        return np.ascontiguousarray(np.broadcast_to(grey.astype(np.uint8), (high, wide, 3)))

    def named(self, sample: Array) -> list[tuple[str, str]]:
        """Name and text of each of the first cells of a row."""
        flat, at, found = np.asarray(sample, np.float64).reshape(1, -1), 0, []
        if not self._features:
            return [(f"x{i + 1}", f"{value:.4g}") for i, value in enumerate(flat[0, :MOST].tolist())]
        for feature in self._features:
            cell = feature.inverse(flat[:, at : at + feature.width])[0]
            found.append((feature.name, _text(feature, cell)))
            at += feature.width
        return found

    def text(self, sample: Array) -> str:
        """The first cells of a row, an ellipsis where there are more."""
        return ", ".join(text for _, text in self.named(sample)) + (", …" if self._more else "")


def _text(feature: Feature, cell: object) -> str:
    if feature.type is Type.CATEGORY:
        return str(cell)
    value = float(np.asarray(cell).item())
    return date_text(value) if feature.type is Type.DATE and math.isfinite(value) else f"{value:.5g}"


def _features(document: Document, shape: Shape) -> tuple[Feature, ...]:
    """The first columns of the table a network learns from; none where its samples are no rows of one."""
    node = data_node(document)
    try:
        fitted = None if node is None else fitted_of(node)
    except (EngineError, DataProblem):
        return ()
    if fitted is None or any(feature.type is Type.ARRAY for feature in fitted.features):
        return ()
    return fitted.features[:MOST] if sum(feature.width for feature in fitted.features) == math.prod(shape[1:]) else ()
