"""What the inspector says of a data node: where its rows are from, what is made of them, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gradstudio.document.model import Node, NodeId
from gradstudio.ui.inspector.facts import say
from gradstudio.ui.inspector.parts import SELECTABLE, Notice, label

if TYPE_CHECKING:
    from gradstudio.data.record import DataRecord
    from gradstudio.data.state import State
    from gradstudio.ui.bridge import Studio

PARAMS = ("record", "table", "absent")
"""What a data node keeps for itself; shown here in words."""


def is_data(node: Node) -> bool:
    """Whether a node brings in data that somebody chose, or may choose."""
    return node.known and "record" in node.kind.params


class DataForm(QWidget):
    """The data of one node.

    Attributes:
        facts: what is known of it.
        notice: what is in the way.
        hint: how it stands otherwise.
        edit: asks again what is to be made of it.
        find_: asks for its file.
        embed: keeps its table in the network; link: keeps where it came from.
    """

    def __init__(self, studio: Studio, node: NodeId) -> None:
        super().__init__()
        self._studio, self._id = studio, node
        self.facts, self.notice, self.hint = _Lines(), Notice(), label(role="dim")
        self.edit = self._button("edit", say("Edit…"), say("Columns, task, missing values, parts and scaling."))
        self.find_ = self._button("find", say("Find file…"), say("Choose the file this network was made with."))
        self.embed = self._button("embed", say("Embed in file"), say("Keep the table in the network file itself."))
        self.link = self._button("link", say("Link to file"), say("Keep only where the table came from."))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addWidget(self.notice)
        box.addWidget(self.facts)
        box.addWidget(self.hint)
        grid = QGridLayout()
        grid.setSpacing(8)
        for at, button in enumerate((self.edit, self.find_, self.embed, self.link)):
            grid.addWidget(button, at // 2, at % 2)
        box.addLayout(grid)
        self.refresh()

    def _button(self, what: str, title: str, tip: str) -> QPushButton:
        button = QPushButton(title)
        button.setToolTip(tip)
        button.clicked.connect(partial(self._ask, what))
        return button

    def _ask(self, what: str, *_: object) -> None:
        self._studio.dataWanted.emit(self._id, what)

    @property
    def told(self) -> str:
        """How it stands, in a sentence; empty where all is well."""
        parts = (self.notice.headline.text(), self.notice.advice.text(), self.hint.text())
        return " ".join(filter(None, parts))

    def _tell(self, state: State) -> None:
        wrong = state.how in ("missing", "unusable")
        headline, stop, advice = (state.sentence if wrong else "").partition(". ")
        self.notice.say(headline + stop.strip(), advice)
        none = say("No data is chosen: the four points of XOR stand for it.")
        self.hint.setText("" if wrong else none if state.how == "none" else state.sentence)
        self.hint.setVisible(bool(self.hint.text()))

    def refresh(self) -> None:
        """Show what the document says, and what is at hand."""
        from gradstudio.data.record import MOST_CELLS
        from gradstudio.data.state import state_of

        node = self._studio.document.nodes[self._id]
        state = state_of(self._studio.document, self._id)
        self.facts.show_lines(_facts(state, node))
        self._tell(state)
        record, kept = state.record, node.params.get("table") is not None
        self.edit.setText(say("Choose data…") if record is None else say("Edit…"))
        self.edit.setVisible(state.how in ("none", "there", "unusable"))
        self.find_.setVisible(state.how == "missing")
        small = state.how == "there" and not kept and record is not None and _cells(record, node) <= MOST_CELLS
        self.embed.setVisible(small)
        self.link.setVisible(kept and record is not None and record.kind != "shipped")


class _Lines(QWidget):
    """Words and what they say, one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnMinimumWidth(0, 72)
        self._grid.setColumnStretch(1, 1)
        self._cells: list[tuple[QLabel, QLabel]] = []

    def show_lines(self, lines: Sequence[tuple[str, str]]) -> None:
        """Show these."""
        top = Qt.AlignmentFlag.AlignTop
        while len(self._cells) < len(lines):
            row, cells = len(self._cells), (label(role="dim", wrap=False), label())
            cells[1].setTextInteractionFlags(SELECTABLE)
            self._grid.addWidget(cells[0], row, 0, top)
            self._grid.addWidget(cells[1], row, 1)
            self._cells.append(cells)
        for i, (word, text) in enumerate(self._cells):
            shown = i < len(lines)
            word.setText(lines[i][0] if shown else "")
            text.setText(lines[i][1] if shown else "")
            word.setVisible(shown)
            text.setVisible(shown)
        self.setVisible(bool(lines))

    def texts(self) -> dict[str, str]:
        """What is shown, by its word."""
        return {word.text(): text.text() for word, text in self._cells if word.text()}


def _cells(record: DataRecord, node: Node) -> int:
    """How many cells would be kept in the network file; more than are allowed where that can't be."""
    from gradstudio.data.arriving import wanted_by
    from gradstudio.data.record import MOST_CELLS
    from gradstudio.data.shelf import SHELF
    from gradstudio.data.table import Type

    wanted = wanted_by(node.params)
    if record.kind == "shipped" or not SHELF.is_prepared(wanted):
        return MOST_CELLS + 1
    made = SHELF.prepared(wanted)
    if any(feature.type is Type.ARRAY for feature in made.fitted.features):
        return MOST_CELLS + 1
    rows = sum(len(part.rows) for part in (made.training, made.validation, made.test))
    return rows * (len(record.preparation.features) + 1)


def _facts(state: State, node: Node) -> list[tuple[str, str]]:
    """Where it is from, how large it is, and how it is prepared."""
    record = state.record
    if record is None:
        return []
    how = record.preparation
    told = [("from", record.name), ("kept", _place(state, node)), *_sizes(node)]
    told += [("tells", f"{how.target} ({how.task})"), ("numbers", _scaling(how.scaling)), ("split", _split(record))]
    gaps = {how.missing, *how.gaps.values()} - {"refuse"}
    if gaps:
        told.append(("missing", ", ".join(sorted(gaps))))
    return [(say(word), text) for word, text in told]


def _place(state: State, node: Node) -> str:
    """Where the rows lie, and whether they are those the network was made with."""
    if node.params.get("table") is not None:
        return say("in the network file")
    if state.record is not None and state.record.kind == "shipped":
        return say("comes with GradStudio")
    return {
        "there": say("in its file, unchanged"), "coming": say("being read…"), "missing": say("file not at hand"),
    }.get(state.how, say("in its file"))  # fmt: skip


def _sizes(node: Node) -> list[tuple[str, str]]:
    """Samples, features and classes, where they are known at once."""
    from gradstudio.data.arriving import wanted_by
    from gradstudio.data.shelf import SHELF

    wanted = wanted_by(node.params)
    if not SHELF.is_prepared(wanted) or SHELF.awaits(wanted.record):
        return []
    made = SHELF.prepared(wanted)
    parts = " / ".join(f"{len(part.rows):,}" for part in (made.training, made.validation, made.test))
    sizes = [("samples", parts), ("features", f"{len(made.fitted.names):,}")]
    return sizes + ([("classes", f"{len(made.fitted.classes):,}")] if made.fitted.classes else [])


def _scaling(scaling: str) -> str:
    words = {"standardise": say("standardised"), "min-max": say("from 0 to 1"), "none": say("as they are")}
    return words[scaling]


def _split(record: DataRecord) -> str:
    how = record.preparation
    seed = "" if how.split == "order" else say(", seed {}").format(how.seed)
    words = {"random": say("at random"), "stratified": say("by class"), "order": say("by order")}
    return words[how.split] + seed
