"""The list of what keeps nodes from being computed: each is gone to by a key, and put right where that is obvious."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from gradstudio.document import commands
from gradstudio.document.marking import set_muted
from gradstudio.document.model import Document
from gradstudio.document.problem import Problem
from gradstudio.document.reasons import Finding
from gradstudio.document.remedies import Connect, Edit, Remedy, Unmute, remedy
from gradstudio.ui.bridge import Studio
from gradstudio.ui.elided import ElidedButton
from gradstudio.ui.panels.acting_list import ActingList
from gradstudio.ui.panels.base import Panel, Sheet
from gradstudio.ui.panels.problem_paint import ProblemDelegate
from gradstudio.ui.panels.rows import Index
from gradstudio.ui.troubles import is_mild, problems_of

if TYPE_CHECKING:
    from gradstudio.ui.theme import Theme


class ProblemsModel(QAbstractListModel):
    """A row for each problem.

    Attributes:
        problems: what is shown.
        document: the network they are of.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.problems: tuple[Problem, ...] = ()
        self.document = Document()

    def show(self, problems: tuple[Problem, ...], document: Document) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self.problems, self.document = problems, document
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Number of problems."""
        return 0 if parent.isValid() else len(self.problems)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The sentence; for screen readers also whether the node is wrong or merely unfinished."""
        if not index.isValid() or index.row() >= len(self.problems):
            return None
        problem = self.problems[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return problem.message
        if role == Qt.ItemDataRole.AccessibleTextRole:
            word = self.tr("Unfinished") if is_mild(problem) else self.tr("Wrong")
            return f"{word}: {problem.message}"
        return is_mild(problem) if role == Qt.ItemDataRole.UserRole else None

    def row_of(self, node: int | None) -> int:
        """The row of a node's problem; -1 where it has none."""
        return next((row for row, problem in enumerate(self.problems) if problem.node == node), -1)


class ProblemsPanel(Panel):
    """One row for each node that can't be computed. Enter goes to the node, Ctrl+Enter puts it right.

    Attributes:
        model: the rows.
        list: shows them.
        fix: what would put the present one right; hidden where that isn't obvious.
        jump: goes to its node.
    """

    title = "Problems"
    help = (
        "What keeps nodes from being computed. Enter goes to the node, Ctrl+Enter puts it right where that is obvious."
    )

    nodeWanted = Signal(int)
    """Somebody wants to see this node."""
    paramWanted = Signal(int, str)
    """Somebody wants to change this param of this node."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.setObjectName("panel.problems")
        self.model = ProblemsModel(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addWidget(Sheet(self.pages, side=1))

    def build(self) -> None:
        """Make the list, and the buttons below it."""
        self.list = _List(self)
        self.list.setModel(self.model)
        self.delegate = ProblemDelegate(self.studio.theme, self.list)
        self.list.setItemDelegate(self.delegate)
        self.list.selectionModel().currentChanged.connect(self._offer)
        self.list.gone.connect(self.go)
        self.list.mended.connect(self.put_right)
        self.fix, self.jump = ElidedButton(), QPushButton(self.tr("Go to node"))
        self.fix.setObjectName("problems.fix")
        self.jump.setObjectName("problems.jump")
        self.jump.setToolTip(self.tr("Select the node and bring it to the middle of the canvas (Enter)."))
        self.fix.clicked.connect(lambda *_: self.put_right())
        self.jump.clicked.connect(lambda *_: self.go())
        row = QHBoxLayout()
        row.setContentsMargins(10, 0, 10, 2)
        row.addWidget(self.fix)
        row.addStretch(1)
        row.addWidget(self.jump)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list, 1)
        layout.addLayout(row)
        self.setFocusProxy(self.list)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.delegate.dress(theme)
        self.list.viewport().update()

    def refresh(self) -> None:
        """Show the problems there are now; the present row stays at its node."""
        problems, document = problems_of(self.studio), self.studio.document
        if not problems:
            self.model.show((), document)
            self._say_none()
        elif problems != self.model.problems or document is not self.model.document:
            here, was = self.present(), self.list.currentIndex().row()
            self.model.show(problems, document)
            row = self.model.row_of(here.node if here is not None else None)
            self.list.setCurrentIndex(self.model.index(min(row if row >= 0 else max(was, 0), len(problems) - 1)))
            self.show_body()
            self.describe(self.count(len(problems)))
        self._offer()

    def present(self) -> Problem | None:
        """The problem of the present row."""
        row = self.list.currentIndex().row()
        return self.model.problems[row] if 0 <= row < len(self.model.problems) else None

    def remedy(self) -> Remedy | None:
        """What would put the present one right, where that is obvious."""
        problem = self.present()
        return remedy(self.studio.document, problem) if isinstance(problem, Finding) else None

    def data_remedy(self) -> str:
        """What would help a data node whose file is missed or can't be used: "find", "edit", or nothing."""
        problem, nodes = self.present(), self.studio.document.nodes
        if problem is None or problem.node not in nodes or not nodes[problem.node].params.get("record"):
            return ""
        from gradstudio.data.state import state_of

        return {"missing": "find", "unusable": "edit"}.get(state_of(self.studio.document, problem.node).how, "")

    def go(self) -> None:
        """Go to the present problem's node."""
        problem = self.present()
        if problem is not None:
            self.nodeWanted.emit(problem.node)

    def put_right(self) -> None:
        """Do what would put the present problem right."""
        document, problem, data = self.studio.document, self.present(), self.data_remedy()
        if problem is not None and data:
            self.studio.dataWanted.emit(problem.node, data)
            return
        match self.remedy():
            case Connect(source, output, target, port):
                self.studio.do(lambda: commands.connect(document, source, output, target, port))
            case Unmute(node):
                self.studio.do(lambda: set_muted(document, (node,), False))
            case Edit(node, param):
                self.paramWanted.emit(node, param)

    def count(self, number: int) -> str:
        """How many nodes have a problem, in a sentence."""
        if number == 1:
            return self.tr("One node can't be computed.")
        return self.tr("{} nodes can't be computed.").format(number)

    def open_menu(self, event: QContextMenuEvent) -> None:
        """What can be done about the present problem."""
        if self.present() is not None:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction(self.tr("Go to node"), self.go)
            if self.fix.text():
                menu.addAction(self.fix.text(), self.put_right)
            menu.popup(event.globalPos())

    def _say_none(self) -> None:
        if self.studio.document.nodes:
            self.show_notice(self.tr("No problems"), self.tr("Every node can be computed."))
        else:
            self.show_notice(self.tr("No network yet"), self.tr("Drag gates from the palette and wire them."))

    def _offer(self, *_: object) -> None:
        """Write on the button what would put the present problem right."""
        words = {"find": self.tr("Find file…"), "edit": self.tr("Edit data…")}.get(self.data_remedy(), "")
        words = words or self._words(self.remedy())
        self.fix.setText(words)
        self.fix.setVisible(bool(words))
        self.fix.setToolTip(self.tr("{} (Ctrl+Enter).").format(words) if words else "")

    def _words(self, found: Remedy | None) -> str:
        nodes = self.studio.document.nodes
        match found:
            case Connect(source, output, target, port):
                where = f"{nodes[source].name}.{output} → {nodes[target].name}.{port}"
                return self.tr("Connect {}").format(where)
            case Unmute(node):
                return self.tr("Unmute {}").format(nodes[node].name)
            case Edit(_, param):
                return self.tr("Change {}").format(param.replace("_", " "))
        return ""


class _List(ActingList):
    """The list, with a menu for each row."""

    def __init__(self, owner: ProblemsPanel) -> None:
        super().__init__(owner)
        self._owner = owner
        self.setUniformItemSizes(True)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done about it."""
        self._owner.open_menu(event)
