"""The inspector's pages for groups, frames and comments."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from gradstudio.document import exposing, grouping, remarks
from gradstudio.document.model import Document, Patch
from gradstudio.document.nesting import all_members, chain, interface
from gradstudio.document.regions import AreaId, Exposed, GroupId
from gradstudio.document.shapes import infer
from gradstudio.engine.gate import shape_text
from gradstudio.training.snapshot import Snapshot
from gradstudio.ui.bridge import Studio
from gradstudio.ui.fields import BlockField, TextField
from gradstudio.ui.icons import icon
from gradstudio.ui.inspector.facts import say
from gradstudio.ui.inspector.marks import ColorField
from gradstudio.ui.inspector.node import column
from gradstudio.ui.inspector.parts import Chip, Notice, Section, label
from gradstudio.ui.theme import ui_font


class GroupPage(QWidget):
    """One group: its name and colour, the ports it shows, what is wrong in it.

    Attributes:
        name: field of its name.
        color: field of its colour.
        sides: the ports it shows, inputs and outputs.
    """

    def __init__(self, studio: Studio, group: GroupId) -> None:
        super().__init__()
        self._studio, self._id = studio, group
        record = studio.document.groups[group]
        box = column(self)
        tint = studio.theme.tag[record.color] if record.color else studio.theme.text_dim
        self._chip = Chip(record.name, say("Group"), tint)
        self._about = label(role="dim")
        self.problem = Notice()
        properties = Section(say("Properties"), studio.theme)
        self.name = TextField(say("Name"), str, self._rename, live=False)
        self.name.edit.setFont(ui_font())
        self.color = ColorField(say("Colour"), self._paint, studio.theme)
        properties.add(self.name)
        properties.add(self.color)
        self.sides = PortsSection(studio, group, output=False), PortsSection(studio, group, output=True)
        box.addWidget(self._chip)
        box.addWidget(self._about)
        box.addLayout(self._buttons())
        box.addWidget(self.problem)
        box.addWidget(properties)
        for side in self.sides:
            box.addWidget(side)
        self.refresh()
        self.show_numbers(studio.snapshot())

    def refresh(self) -> None:
        """Show what the document says."""
        document = self._studio.document
        record = document.groups.get(self._id)
        if record is None:
            return
        self._chip.title.setText(record.name)
        self._about.setText(_about(document, self._id))
        self.toggle.setText(say("Open in place") if record.collapsed else say("Close"))
        self.name.show_value(record.name)
        self.color.show_value(record.color)
        for side in self.sides:
            side.refresh()

    def show_numbers(self, snapshot: Snapshot | None) -> None:
        """Tell what keeps something in the group from being computed."""
        document = self._studio.document
        members = frozenset(all_members(document, self._id)) if self._id in document.groups else frozenset()
        found = [finding.message for finding in infer(document).problems if finding.node in members]
        found += [p.message for p in snapshot.problems if p.node in members] if snapshot and not found else []
        more = say("{} more in this group.").format(len(found) - 1) if len(found) > 1 else ""
        self.problem.say(found[0] if found else "", more)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        self.toggle = QPushButton()
        self.enter = QPushButton(say("Enter"))
        self.toggle.clicked.connect(self._toggle)
        self.enter.clicked.connect(lambda: self._studio.enter(self._id))
        for button in (self.toggle, self.enter):
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _toggle(self) -> None:
        self._studio.groupToggled.emit(self._id)

    def _rename(self, value: object, _token: Hashable) -> None:
        self._studio.edit(lambda: grouping.rename_group(self._studio.document, self._id, str(value)))

    def _paint(self, value: object, token: Hashable) -> None:
        document = self._studio.document
        self._studio.edit(lambda: grouping.paint_groups(document, [self._id], str(value)), ("color", token))


def _about(document: Document, group: GroupId) -> str:
    """How much is in it, and where it lies."""
    count = len(all_members(document, group))
    nodes = say("1 node") if count == 1 else say("{} nodes").format(count)
    way = [document.groups[i].name for i in reversed(chain(document, document.groups[group].parent))]
    return f"{nodes}  ·  {say('in {}').format(' › '.join(way))}" if way else nodes


class PortsSection(Section):
    """The ports of one side: renamed, moved, hidden; and others to be shown.

    Attributes:
        rows: one for each port.
        more: the ports that could be shown besides.
    """

    def __init__(self, studio: Studio, group: GroupId, *, output: bool) -> None:
        super().__init__(say("Outputs") if output else say("Inputs"), studio.theme)
        self._studio, self._id, self._output = studio, group, output
        self.rows: list[PortRow] = []
        self._list = QWidget()
        self._box = QVBoxLayout(self._list)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(4)
        self.more = QComboBox()
        words = say("Show another output…") if output else say("Show another input…")
        self.more.setPlaceholderText(words)
        self.more.setAccessibleName(words)
        self.more.activated.connect(self._expose)
        self.add(self._list)
        self.add(self.more)

    def refresh(self) -> None:
        """Show the ports there are now."""
        document = self._studio.document
        shown = interface(document, self._id)
        ports = shown.side(self._output)
        while len(self.rows) > len(ports):
            self.rows.pop().deleteLater()
        while len(self.rows) < len(ports):
            self.rows.append(PortRow(self._studio, len(self.rows), self._do))
            self._box.addWidget(self.rows[-1])
        for i, (row, port) in enumerate(zip(self.rows, ports, strict=True)):
            row.show_port(document, port, last=i == len(ports) - 1, wired=shown.is_wired(port, self._output))
        hidden = exposing.hidden_ports(document, self._id, output=self._output)
        self.more.clear()
        for node, name in hidden:
            self.more.addItem(f"{document.nodes[node].name}.{name}", (node, name))
        self.more.setCurrentIndex(-1)
        self.more.setVisible(bool(hidden))

    def _do(self, index: int, what: str, text: str = "") -> None:
        """Rename, move or hide a port."""
        document, group, output = self._studio.document, self._id, self._output
        if what == "rename":
            self._studio.edit(lambda: exposing.rename_port(document, group, index, text, output=output))
        elif what == "hide":
            self._studio.do(lambda: exposing.hide_port(document, group, index, output=output))
        else:
            to = index - 1 if what == "up" else index + 1
            self._studio.do(lambda: exposing.move_port(document, group, index, to, output=output))
            self.rows[min(max(to, 0), len(self.rows) - 1)].take_focus(what)

    def _expose(self, index: int) -> None:
        node, name = self.more.itemData(index)
        document, group = self._studio.document, self._id
        self._studio.do(lambda: exposing.expose(document, group, node, name, output=self._output))


class PortRow(QWidget):
    """One port: its name, what it is, and buttons that move and hide it.

    Attributes:
        name: field of its name.
        buttons: by what they do: "up", "down", "hide".
    """

    def __init__(self, studio: Studio, index: int, do: Callable[..., None]) -> None:
        super().__init__()
        self._index, self._do = index, do
        self.name = TextField("", str, self._rename, live=False)
        self.name.edit.setFont(ui_font())
        self.name.setMinimumWidth(60)
        self._label_of(self.name).hide()
        self._what = label(role="faint", wrap=False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.name, 3)
        row.addWidget(self._what, 2)
        self.buttons: dict[str, QToolButton] = {}
        for what, glyph, words in (
            ("up", "chevron-up", say("Move up")),
            ("down", "chevron-down", say("Move down")),
            ("hide", "clear", say("Hide")),
        ):
            button = QToolButton()
            button.setAutoRaise(True)
            button.setIcon(icon(glyph, studio.theme, color="text_dim", size=12))
            button.setToolTip(words)
            button.setAccessibleName(words)
            button.clicked.connect(partial(do, index, what))
            self.buttons[what] = button
            row.addWidget(button)

    def show_port(self, document: Document, port: Exposed, *, last: bool, wired: bool) -> None:
        """Show a port."""
        node = document.nodes[port.node]
        self.name.show_value(port.name)
        self.name.edit.setAccessibleName(say("Name of {}").format(f"{node.name}.{port.port}"))
        shape = infer(document).of(port.node, port.port)
        whole = f"{node.name}.{port.port}"
        self._what.setText(self._what.fontMetrics().elidedText(whole, Qt.TextElideMode.ElideRight, 84))
        self._what.setToolTip(whole if shape is None else f"{whole}  ·  {shape_text(shape)}")
        self.buttons["up"].setEnabled(self._index > 0)
        self.buttons["down"].setEnabled(not last)
        self.buttons["hide"].setEnabled(not wired)
        self.buttons["hide"].setToolTip(say("A wire leads there") if wired else say("Hide"))

    def take_focus(self, what: str) -> None:
        """Keep the focus on the button of a port that was moved."""
        other = {"up": "down", "down": "up"}[what]
        button = self.buttons[what] if self.buttons[what].isEnabled() else self.buttons[other]
        button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _rename(self, value: object, _token: Hashable) -> None:
        self._do(self._index, "rename", str(value))

    @staticmethod
    def _label_of(field: TextField) -> QLabel:
        return field.findChildren(QLabel, options=Qt.FindChildOption.FindDirectChildrenOnly)[0]


class AreasPage(QWidget):
    """Frames and comments: the title or words of one, the colour of all.

    Attributes:
        text: field of the title or the words; None where there are several.
        color: field of the colour.
    """

    def __init__(self, studio: Studio, areas: Sequence[AreaId]) -> None:
        super().__init__()
        self._studio, self._areas = studio, tuple(areas)
        document, box = studio.document, column(self)
        box.addWidget(label(_called(document, self._areas), role="title"))
        section = Section(say("Properties"), studio.theme)
        self.text: TextField | BlockField | None = None
        if len(self._areas) == 1:
            self.text = self._title() if self._areas[0] in document.frames else self._words()
            section.add(self.text)
        self.color = ColorField(say("Colour"), self._paint, studio.theme)
        section.add(self.color)
        box.addWidget(section)
        hint = say("What lies on a frame moves with it. Drag its rim to resize it; with Alt it moves alone.")
        if len(self._areas) == 1 and self._areas[0] not in document.frames:
            hint = say("Markdown: # title, **bold**, *italic*, `code`, - list, 1. list, > quote.")
        box.addWidget(label(hint, role="faint"))
        self.refresh()

    def refresh(self) -> None:
        """Show what the document says."""
        document = self._studio.document
        records = [document.frames.get(i) or document.comments.get(i) for i in self._areas]
        colors = {record.color for record in records if record is not None}
        if colors:
            self.color.show_value(min(colors), mixed=len(colors) > 1)
        frame, comment = document.frames.get(self._areas[0]), document.comments.get(self._areas[0])
        if self.text is not None and (frame is not None or comment is not None):
            self.text.show_value(frame.title if frame is not None else comment.text if comment is not None else "")

    def show_numbers(self, snapshot: Snapshot | None) -> None:
        """There are none."""

    def _title(self) -> TextField:
        field = TextField(say("Title"), str, self._rename, live=False)
        field.edit.setFont(ui_font())
        return field

    def _words(self) -> BlockField:
        field = BlockField(say("Text"), str, self._write)
        field.edit.setFont(ui_font())
        field.edit.setLineWrapMode(field.edit.LineWrapMode.WidgetWidth)
        return field

    def _rename(self, value: object, _token: Hashable) -> None:
        self._studio.edit(lambda: remarks.set_title(self._studio.document, self._areas[0], str(value)))

    def _write(self, value: object, token: Hashable) -> None:
        def patch() -> Patch:
            return remarks.set_text(self._studio.document, self._areas[0], str(value))

        self._studio.edit(patch, ("comment", token))

    def _paint(self, value: object, token: Hashable) -> None:
        self._studio.edit(lambda: remarks.paint(self._studio.document, self._areas, str(value)), ("color", token))


def _called(document: Document, areas: Sequence[AreaId]) -> str:
    if len(areas) > 1:
        return say("{} frames and comments").format(len(areas))
    return say("Frame") if areas[0] in document.frames else say("Comment")
