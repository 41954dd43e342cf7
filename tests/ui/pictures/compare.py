"""Whether two pictures show the same, though letters and lines were drawn by other versions of Qt and FreeType.

Both are looked at through frosted glass: as means of small cells. A cell may lie anywhere between the darkest and the
brightest of its neighbours a pixel away, so lines may be smoother and letters may sit a little aside; a label that is
gone, a node a grid step away or another colour leaves many cells out of these bounds.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from PySide6.QtGui import QColor, QImage, QPainter

CELL = 6
"""Side of a cell in pixels."""
REACH = 1
"""So many pixels may everything be aside."""
TOLERANCE = 12.0
"""So much may the mean of a cell be beyond its bounds, of 255."""
MOST_CELLS = 2
"""So many cells of a picture may be beyond that."""


class Verdict(NamedTuple):
    """What a comparison found.

    Attributes:
        cells: how many cells differ.
        where: the box around them, in pixels: left, top, right, bottom.
        resized: whether the pictures aren't equally large.
    """

    cells: int
    where: tuple[int, int, int, int] = (0, 0, 0, 0)
    resized: bool = False

    @property
    def alike(self) -> bool:
        """Whether they count as the same picture."""
        return self.cells <= MOST_CELLS and not self.resized


def pixels(image: QImage) -> np.ndarray:
    """Rows of pixels: blue, green and red."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return rows[:, :, :3].astype(np.float32)


def compare(reference: QImage, found: QImage) -> Verdict:
    """Look at both through frosted glass."""
    if reference.size() != found.size():
        return Verdict(0, resized=True)
    before, now = pixels(reference), pixels(found)
    if np.array_equal(before, now):
        return Verdict(0)
    bounds, means = _blurred(before), _blurred(now)
    beyond = np.maximum(_beyond(bounds, means), _beyond(means, bounds))[::CELL, ::CELL]
    rows, columns = np.nonzero(beyond > TOLERANCE)
    if not rows.size:
        return Verdict(0)
    edges = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    left, top, right, bottom = (int(edge) * CELL for edge in edges)
    return Verdict(rows.size, (left, top, right, bottom))


def marked(reference: QImage, found: QImage, verdict: Verdict) -> QImage:
    """Both one above the other, with a box around what differs."""
    width = max(reference.width(), found.width())
    sheet = QImage(width, reference.height() + found.height() + 8, QImage.Format.Format_RGB32)
    sheet.fill(QColor("#808080"))
    painter = QPainter(sheet)
    painter.setPen(QColor("#ff00ff"))
    left, top, right, bottom = verdict.where
    for image, y in ((reference, 0), (found, reference.height() + 8)):
        painter.drawImage(0, y, image)
        painter.drawRect(left, y + top, right - left, bottom - top)
    painter.end()
    return sheet


def complaint(name: str, verdict: Verdict, shown: Path) -> str:
    """What differs, where to look, and what to do."""
    what = "has another size" if verdict.resized else f"differs in {verdict.cells} cells within {verdict.where}"
    return (
        f"the picture {name} {what}: look at {shown} (above as kept, below as painted now). "
        "If it is meant so, run `python -m scripts.make_reference_pictures` and look at what changed before committing."
    )


def _blurred(image: np.ndarray) -> np.ndarray:
    """The mean of the cell around each pixel."""
    padded = np.pad(image, ((CELL // 2, CELL // 2), (CELL // 2, CELL // 2), (0, 0)), mode="edge")
    height, width = image.shape[:2]
    total = np.zeros_like(image)
    for y in range(CELL):
        for x in range(CELL):
            total += padded[y : y + height, x : x + width]
    return total / np.float32(CELL**2)


def _beyond(reference: np.ndarray, found: np.ndarray) -> np.ndarray:
    """How far each mean is above or below all those of its neighbourhood in the reference, in its worst colour."""
    height, width = reference.shape[:2]
    padded = np.pad(reference, ((REACH, REACH), (REACH, REACH), (0, 0)), mode="edge")
    steps = range(-REACH, REACH + 1)
    near = [padded[REACH + y :, REACH + x :][:height, :width] for y in steps for x in steps]
    low, high = np.minimum.reduce(near), np.maximum.reduce(near)
    beyond: np.ndarray = np.maximum(low - found, found - high).clip(0).max(axis=2)
    return beyond
