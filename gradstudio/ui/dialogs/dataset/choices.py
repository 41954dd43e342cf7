"""How a table is prepared, as fields; and how its classes are spread over the parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from gradstudio.data.choosing import tasked
from gradstudio.data.table import Type
from gradstudio.ui.fields import ChoiceField, Field, TextField
from gradstudio.ui.inspector.parts import Section
from gradstudio.ui.theme import Theme, mono_font

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gradstudio.data.drafts import Looked
    from gradstudio.data.preparation import Preparation
    from gradstudio.ui.dialogs.dataset.drafting import Drafting

MOST_CLASSES, LINE = 8, 22
COLORS = ("train", "validation", "text_faint")
"""Of the rows that train, validate and test."""


class Choices(QWidget):
    """The fields of a preparation.

    Attributes:
        fields: by the name of what they choose.
        balance: rows of each class.
    """

    checked = Signal()
    """What stands in a field is refused, or no longer."""

    def __init__(self, drafting: Drafting, theme: Theme) -> None:
        super().__init__()
        self._drafting = drafting
        self.fields: dict[str, Field] = {}
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 12, 0)
        box.setSpacing(14)
        for title, made in (
            (self.tr("Task"), self._task()),
            (self.tr("Cells"), self._cells()),
            (self.tr("Parts"), self._parts()),
        ):
            section = Section(title, theme)
            for name, field in made.items():
                self.fields[name] = field
                field.refused.connect(lambda *_: self.checked.emit())
                section.add(field)
            box.addWidget(section)
        self.balance = Balance(theme)
        self._classes = Section(self.tr("Classes"), theme)
        self._classes.add(self.balance)
        box.addWidget(self._classes)
        box.addStretch(1)

    @property
    def problem(self) -> str:
        """Why what stands in a field can't be; empty where all can."""
        return next((f.error.text() for f in self.fields.values() if f.error.text() and not f.isHidden()), "")

    def show_looked(self, looked: Looked | None) -> None:
        """Show what is chosen, and leave out what has no meaning for this table."""
        how = None if looked is None else looked.draft.preparation
        self.setEnabled(how is not None)
        if looked is None or how is None:
            return
        for name, text in _texts(how).items():
            self.fields[name].show_value(text)
        self._show_needed(looked, how)
        made = looked.prepared.balance() if looked.prepared is not None else {}
        self._classes.setVisible(bool(made))
        self.balance.show_counts(made)

    def _show_needed(self, looked: Looked, how: Preparation) -> None:
        names = {*how.features, how.target}
        chosen = [one for one in looked.summaries if one.name in names]
        types = {one.type for one in chosen if one.name != how.target}
        pictures = any(one.shape is not None and len(one.shape) > 1 for one in chosen)
        toy = looked.draft.source.kind == "toy"
        constant = "constant" in (how.missing, *how.gaps.values())
        needed = {
            "missing": any(one.missing for one in looked.summaries), "fill": constant,
            "categories": Type.CATEGORY in types, "layout": pictures, "scaling": not toy, "split": not toy,
            "validation": not toy, "test": not toy, "seed": not toy and how.split != "order",
        }  # fmt: skip
        for name, wanted in needed.items():
            self.fields[name].setVisible(wanted)
        classes = how.task == "classification"
        splits = [("random", self.tr("At random")), ("order", self.tr("By order"))]
        stratified = [("stratified", self.tr("By class"))] if classes else []
        self._choice("split").set_choices(stratified + splits)
        self._choice("split").show_value(how.split)
        self.fields["task"].setEnabled(not toy)

    def _choice(self, name: str) -> ChoiceField:
        field = self.fields[name]
        assert isinstance(field, ChoiceField)
        return field

    # --- fields ---------------------------------------------------------------------------------------------

    def _task(self) -> dict[str, Field]:
        tasks = [("classification", self.tr("Tell a class")), ("regression", self.tr("Tell a number"))]

        def commit(task: object, _token: object) -> None:
            if self._drafting.how is not None:
                self._drafting.prepare(tasked(self._drafting.how, task))  # type: ignore[arg-type]

        tip = self.tr("Classification tells which class a row is of, regression a number.")
        return {"task": ChoiceField(self.tr("Learn to"), tasks, commit, help_text=tip)}

    def _cells(self) -> dict[str, Field]:
        missing = [
            ("refuse", self.tr("Refuse them")), ("drop", self.tr("Leave the rows out")), ("mean", self.tr("Mean")),
            ("median", self.tr("Median")), ("constant", self.tr("A number")),
        ]  # fmt: skip
        scaling = [
            ("standardise", self.tr("Standardised")), ("min-max", self.tr("From 0 to 1")),
            ("none", self.tr("As they are")),
        ]  # fmt: skip
        categories = [("one-hot", self.tr("One-hot")), ("index", self.tr("Index"))]
        layout = [
            ("flat", self.tr("Flat")),
            ("channels", self.tr("With channels")),
            ("as it is", self.tr("As in the file")),
        ]
        return {
            "missing": self._choose("missing", self.tr("Missing"), missing, self.tr(
                "What is done about empty cells. Mean and median are those of the training part; a missing category "
                "becomes one of its own. A column can have a choice of its own.")),
            "fill": self._number("fill", self.tr("Number"), float, self.tr("What stands for missing numbers.")),
            "categories": self._choose("categories", self.tr("Categories"), categories, self.tr(
                "One-hot: a feature for each category. Index: their numbers, for an embedding.")),
            "scaling": self._choose("scaling", self.tr("Numbers"), scaling, self.tr(
                "Standardised: mean 0 and deviation 1. Shift and scale are found on the training part alone.")),
            "layout": self._choose("layout", self.tr("Pictures"), layout, self.tr(
                "Flat for Dense layers; with an axis for their channels for convolutions.")),
        }  # fmt: skip

    def _parts(self) -> dict[str, Field]:
        splits = [("stratified", ""), ("random", ""), ("order", "")]
        tip = self.tr(
            "Which rows train, validate and test: drawn by the seed, or the first rows train and the last test."
        )
        return {
            "split": self._choose("split", self.tr("Split"), splits, tip),
            "validation": self._percent("validation", self.tr("Validate"), self.tr("Share of the rows that validate.")),
            "test": self._percent("test", self.tr("Test"), self.tr("Share of the rows that test.")),
            "seed": self._number("seed", self.tr("Seed"), _seed, self.tr("The same seed draws the same rows.")),
        }

    def _choose(self, name: str, title: str, choices: list[tuple[str, str]], tip: str) -> ChoiceField:
        def commit(value: object, _token: object) -> None:
            self._drafting.prepare_with(**{name: value})

        return ChoiceField(title, choices, commit, help_text=tip)

    def _number(self, name: str, title: str, parse: Callable[[str], object], tip: str, unit: str = "") -> TextField:
        def commit(value: object, _token: object) -> None:
            self._drafting.prepare_with(**{name: value})

        return TextField(title, _plainly(parse), commit, help_text=tip, steps=True, unit=unit)

    def _percent(self, name: str, title: str, tip: str) -> TextField:
        return self._number(name, title, _share, tip, unit="%")


def _texts(how: Preparation) -> dict[str, str]:
    """What the fields show."""
    return {
        "task": how.task, "missing": how.missing, "fill": f"{how.fill:g}", "categories": how.categories,
        "scaling": how.scaling, "layout": how.layout, "split": how.split, "seed": str(how.seed),
        "validation": f"{100 * how.validation:.4g}", "test": f"{100 * how.test:.4g}",
    }  # fmt: skip


def _plainly(parse: Callable[[str], object]) -> Callable[[str], object]:
    """The refusals of Python's own types in our words."""

    def read(text: str) -> object:
        try:
            return parse(text.strip().replace("−", "-"))
        except ValueError as error:
            said = str(error)
            ours = said[:1].isupper()
            raise ValueError(said if ours else f"Expected a number, found “{text}”.") from None

    return read


def _share(text: str) -> float:
    share = float(text.removesuffix("%")) / 100
    if not 0 <= share < 1:
        raise ValueError(f"Expected a share from 0 to 99 %, found {text} %.")
    return share


def _seed(text: str) -> int:
    seed = int(text)
    if not 0 <= seed < 2**32:
        raise ValueError(f"Expected a whole number from 0 to {2**32 - 1:,}, found {text}.")
    return seed


class Balance(QWidget):
    """How many rows of each class train, validate and test."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._counts: list[tuple[str, tuple[int, int, int]]] = []
        self._more = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_counts(self, counts: Mapping[str, tuple[int, int, int]]) -> None:
        """Show these, the most frequent classes first."""
        ordered = sorted(counts.items(), key=lambda pair: -sum(pair[1]))
        self._counts, self._more = ordered[:MOST_CLASSES], max(0, len(ordered) - MOST_CLASSES)
        self.setAccessibleName(self.tr("Rows of each class"))
        self.setAccessibleDescription("; ".join(self._words(*pair) for pair in self._counts))
        self.setToolTip("\n".join(self._words(*pair) for pair in self._counts))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A line for each class."""
        return QSize(220, LINE * (len(self._counts) + bool(self._more) + 1) + 2)

    def _words(self, name: str, counts: tuple[int, int, int]) -> str:
        words = self.tr("{0}: {1} train, {2} validate, {3} test")
        return words.format(name, *(f"{n:,}" for n in counts))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Name, bar of the parts, and how many; below, which colour is which part."""
        most = max((sum(counts) for _, counts in self._counts), default=1)
        with QPainter(self) as painter:
            for row, (name, counts) in enumerate(self._counts):
                self._draw(painter, row * LINE, name, counts, most)
            top = len(self._counts) * LINE
            if self._more:
                words = self.tr("and {} more").format(f"{self._more:,}")
                self._write(painter, 0, top, words, "text_faint")
                top += LINE
            left = 0
            for color, words in zip(COLORS, (self.tr("train"), self.tr("validate"), self.tr("test")), strict=True):
                painter.fillRect(left, top + 7, 8, 8, self._theme.color(color))
                self._write(painter, left + 13, top, words, "text_dim")
                left += 28 + self.fontMetrics().horizontalAdvance(words)

    def _draw(self, painter: QPainter, top: int, name: str, counts: tuple[int, int, int], most: int) -> None:
        """One class."""
        width, names = self.width(), min(110, self.width() // 3)
        shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, names - 8)
        self._write(painter, 0, top, shown, "text")
        left, room = float(names), width - names - 64
        for n, color in zip(counts, COLORS, strict=True):
            long = room * n / most
            wide = round(left + long) - round(left)
            painter.fillRect(round(left), top + 6, wide, LINE - 12, self._theme.color(color))
            left += long
        painter.setFont(mono_font())
        painter.setPen(self._theme.color("text_dim"))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(width - 60, top, 60, LINE, right, f"{sum(counts):,}")

    def _write(self, painter: QPainter, left: int, top: int, words: str, color: str) -> None:
        painter.setFont(self.font())
        painter.setPen(self._theme.color(color))
        painter.drawText(left, top, self.width(), LINE, Qt.AlignmentFlag.AlignVCenter, words)
