"""Any weight of the network and its gradient in colours; those fed by images as pictures."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gradstudio.document.shapes import infer
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import Array, shape_text
from gradstudio.insight.weights import (
    Field,
    Picture,
    WeightLook,
    WeightSeen,
    block_name,
    entry_name,
    pixel_entry,
    weights_of,
)
from gradstudio.training.observe import row_name
from gradstudio.ui.bridge import Studio
from gradstudio.ui.heat import reach, shade
from gradstudio.ui.panels.base import Line, Panel, Sheet, Toggle
from gradstudio.ui.panels.heat import HeatMap, tiled
from gradstudio.ui.texts import number
from gradstudio.ui.theme import Theme, mono_font, ui_font

Key = tuple[int, str]
Pixel = tuple[int, int, int]


class WeightsPanel(Panel):
    """A heat map of the selected node's weight, or of any other that is chosen, and of its gradient.

    Attributes:
        chosen: node and name of the weight that is shown, or None.
        seen: its numbers, or None while there are none.
    """

    title = "Weights"
    help = "A weight and its gradient as colours around 0; where images come in, what each hidden unit looks for."

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.setObjectName("panel.weights")
        self.chosen: Key | None = None
        self.seen: WeightSeen | None = None
        self._keys: list[Key] = []
        self._listed_for: object = None
        self._selected: tuple[int, ...] = ()
        self._pictured: bool | None = None
        self._columns = 1
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addWidget(Sheet(self.pages))

    def build(self) -> None:
        """Make chooser, toggles, map and the lines below it."""
        self.chooser = QComboBox()
        self.chooser.setObjectName("weights.chooser")
        self.chooser.setAccessibleName(self.tr("Weight"))
        self.chooser.setToolTip(self.tr("Which weight is shown; selecting a node shows its own."))
        self.chooser.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.chooser.activated.connect(self._choose)
        self.gradient = Toggle(self.tr("Gradient"), self.tr("Show the gradient instead of the weight"), "weights.grad")
        self.pictures = Toggle(
            self.tr("Pictures"), self.tr("Show what each unit or filter looks for as a picture"), "weights.pictures"
        )
        self.gradient.toggled.connect(self._draw)
        self.pictures.clicked.connect(self._choose_pictures)
        self.numbers, self.entry = Line(), Line()
        self.numbers.setFont(ui_font(12))
        self.numbers.setProperty("role", "dim")
        self.entry.setFont(mono_font(11))
        self.map = HeatMap()
        self.map.setObjectName("weights.map")
        self.map.setAccessibleName(self.tr("Weight as colours"))
        self.map.pointed.connect(self._point)
        top = QHBoxLayout()
        top.setSpacing(4)
        for widget, stretch in ((self.chooser, 1), (self.gradient, 0), (self.pictures, 0)):
            top.addWidget(widget, stretch)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self.numbers)
        layout.addWidget(self.map, 1)
        layout.addWidget(self.entry)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.map.dress(theme)
        for toggle in (self.gradient, self.pictures):
            toggle.dress(theme)

    # ---- choosing

    def watch(self, awake: bool) -> None:
        """Look at the chosen weight only while it can be seen."""
        self._follow()
        self.studio.watch_looks(self, {WeightLook(*self.chosen)} if awake and self.chosen is not None else ())

    def _follow(self) -> None:
        """Keep the list of weights and the chosen one true to document and selection."""
        document, selected = self.studio.document, self.studio.selection()[0]
        listed_for = (id(document), document.revision)
        if listed_for != self._listed_for:
            self._listed_for = listed_for
            self._list()
        if selected != self._selected or self.chosen not in self._keys:
            self._selected = selected
            own = [key for key in self._keys if key[0] in selected]
            if own and (self.chosen is None or self.chosen[0] not in selected):
                self._set_chosen(own[0])
            elif self.chosen not in self._keys:
                self._set_chosen(self._keys[0] if self._keys else None)
            self.chooser.setCurrentIndex(-1 if self.chosen is None else self._keys.index(self.chosen))

    def _list(self) -> None:
        document, shapes = self.studio.document, infer(self.studio.document)
        self._keys = weights_of(document)
        self.chooser.clear()
        for node, port in self._keys:
            shape = shapes.of(node, port)
            known = "" if shape is None else f"   {shape_text(shape)}"
            self.chooser.addItem(f"{row_name(document, node, port)}{known}")
        if self.chosen in self._keys:
            self.chooser.setCurrentIndex(self._keys.index(self.chosen))

    def _set_chosen(self, key: Key | None) -> None:
        self.chosen, self.seen, self._pictured = key, None, None

    def _choose(self, at: int) -> None:
        self._set_chosen(self._keys[at])
        self.refresh()

    def _choose_pictures(self, wanted: bool) -> None:
        self._pictured = wanted
        self._draw()

    # ---- showing

    def refresh(self) -> None:
        """Show the newest numbers of the chosen weight."""
        self.watch(True)
        if self.chosen is None:
            self.seen = None
            self.show_notice(
                self.tr("No weights yet"), self.tr("Add a Dense layer or a Parameter; what it learns appears here.")
            )
            return
        snapshot = self.studio.snapshot()
        found = None if snapshot is None else snapshot.seen.get(WeightLook(*self.chosen))
        if isinstance(found, EngineError):
            self.seen = None
            self.show_notice(self.tr("Not computed yet"), str(found))
            return
        self.show_body()
        if found is not None and found is not self.seen:
            self.seen = found
            self._draw()

    @property
    def as_pictures(self) -> bool:
        """Whether pictures are shown: where there are some, unless somebody wants the matrix."""
        has = self.seen is not None and self.seen.picture is not None
        return has and self._pictured is not False

    def _field(self) -> Field | None:
        if self.seen is None:
            return None
        return self.seen.gradient if self.gradient.isChecked() else self.seen.weight

    def _draw(self) -> None:
        seen = self.seen
        if seen is None:
            return
        self.gradient.setEnabled(seen.gradient is not None)
        if seen.gradient is None:
            self.gradient.setChecked(False)
        self.pictures.setVisible(seen.picture is not None)
        self.pictures.setChecked(self.as_pictures)
        field = self._field() or seen.weight
        end = reach(field.numbers.low, field.numbers.high)
        if self.as_pictures and seen.picture is not None and field.pictures is not None:
            self.map.show_cells(self._tiles(field.pictures, seen.picture, end), end, square=True)
        else:
            self.map.show_cells(shade(field.extreme, end), end)
        self._say()
        self._point()

    def _tiles(self, pictures: Array, picture: Picture, end: float) -> Array:
        self._columns = picture.across or best_columns(
            len(pictures), picture, self.map.width() / max(1, self.map.height())
        )
        if picture.channels == 1:
            return tiled(shade(pictures[..., 0], end), self._columns)
        with np.errstate(invalid="ignore"):
            colors = np.clip(np.nan_to_num(pictures) / end * 127.5 + 127.5, 0, 255)
        return tiled(colors.astype(np.uint8), self._columns)

    def _say(self) -> None:
        seen = self.seen
        assert seen is not None
        n = seen.weight.numbers
        words = self.tr("{0} … {1}, norm {2}").format(number(n.low, 3), number(n.high, 3), number(n.norm, 3))
        short = words
        if seen.gradient is not None:
            g = seen.gradient.numbers
            words += "  ·  " + self.tr("gradient {0} … {1}, norm {2}").format(
                number(g.low, 2), number(g.high, 2), number(g.norm, 3)
            )
        if self.as_pictures and seen.picture is not None and seen.weight.pictures is not None:
            shown, there = len(seen.weight.pictures), seen.picture.total
            if shown < there:
                words += "  ·  " + self.tr("the first {0} of {1} pictures").format(shown, there)
        self.numbers.say(words, short)
        self.describe(f"{self.chooser.currentText()}: {words}.")

    # ---- the entry that is pointed at

    def _point(self) -> None:
        text = "" if self.map.cell is None or self.seen is None else self._entry(*self.map.cell)
        hint = self.tr("Point at an entry, or walk with the arrow keys.")
        self.entry.say(text or hint, text or hint)
        if text and self.map.hasFocus():
            self.describe(text, now=True)

    def _entry(self, row: int, column: int) -> str:
        """The entry of a cell in words: "W[3, 7] = -0.12, gradient 0.0021"."""
        seen = self.seen
        assert seen is not None
        assert self.chosen is not None
        if self.as_pictures and seen.picture is not None:
            at = self._pixel(row, column, seen.picture)
            return "" if at is None else self._pixel_words(at, seen.picture)
        port = self.chosen[1]
        name = block_name(port, seen.shape, seen.weight.block, row, column)
        value = seen.weight.extreme[row, column]
        slope = None if seen.gradient is None else seen.gradient.extreme[row, column]
        if seen.weight.block == (1, 1):
            return self._words(name, value, slope)
        mean = number(seen.weight.mean[row, column], 3)
        words = self.tr("{0}: mean {1}, furthest from 0 {2}").format(name, mean, number(value, 3))
        return words if slope is None else words + self.tr(", gradient {0}").format(number(slope, 3))

    def _words(self, name: str, value: float, slope: float | None) -> str:
        words = f"{name} = {number(value, 3)}"
        return words if slope is None else words + self.tr(", gradient {0}").format(number(slope, 2))

    def _pixel(self, row: int, column: int, picture: Picture) -> Pixel | None:
        """Picture, row and column within it of a cell; None between pictures."""
        tall, wide = picture.height + 1, picture.width + 1
        number_ = row // tall * self._columns + column // wide
        field = self._field()
        there = 0 if field is None or field.pictures is None else len(field.pictures)
        if row % tall == picture.height or column % wide == picture.width or number_ >= there:
            return None
        return number_, row % tall, column % wide

    def _pixel_words(self, at: Pixel, picture: Picture) -> str:
        seen = self.seen
        assert seen is not None
        assert self.chosen is not None
        assert seen.weight.pictures is not None
        said = []
        for channel in range(picture.channels):
            flat = pixel_entry(picture, *at, channel)
            rest = math.prod(seen.shape[1:])
            name = entry_name(self.chosen[1], seen.shape, flat // rest, flat % rest)
            slopes = None if seen.gradient is None else seen.gradient.pictures
            slope = None if slopes is None else float(slopes[at][channel])
            said.append(self._words(name, float(seen.weight.pictures[at][channel]), slope))
        return "  ·  ".join(said)


def best_columns(count: int, picture: Picture, ratio: float) -> int:
    """How many pictures side by side fill a room of this width ÷ height best."""
    wanted = math.sqrt(count * ratio * picture.height / picture.width)
    return min(count, max(1, round(wanted)))
