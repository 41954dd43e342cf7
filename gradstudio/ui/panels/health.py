"""Health: what ails the network, why, and what helps, with one click that can be undone."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListView, QPushButton, QVBoxLayout, QWidget

from gradstudio.insight import cures
from gradstudio.insight.health import Ailment, Light, Thresholds, diagnose, lights
from gradstudio.insight.vitals import Checkup, Vitals
from gradstudio.ui.bridge import Studio
from gradstudio.ui.elided import ElidedButton
from gradstudio.ui.panels.acting_list import ActingList
from gradstudio.ui.panels.base import Panel, Sheet
from gradstudio.ui.panels.health_paint import AilmentDelegate
from gradstudio.ui.panels.rows import Index
from gradstudio.ui.texts import grouped

if TYPE_CHECKING:
    from gradstudio.ui.preferences import Preferences
    from gradstudio.ui.theme import Theme

LOOK = Checkup()


class AilmentsModel(QAbstractListModel):
    """A row for each finding.

    Attributes:
        ailments: what is shown.
        names: by finding the name of its node; empty for the network as a whole.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.ailments: tuple[Ailment, ...] = ()
        self.names: tuple[str, ...] = ()

    def show(self, ailments: tuple[Ailment, ...], names: tuple[str, ...]) -> None:
        """Replace all rows; where the same illnesses are found at the same nodes, views keep their place."""
        same = _kinds(ailments) == _kinds(self.ailments)
        if not same:
            self.beginResetModel()
        self.ailments, self.names = ailments, names
        if not same:
            self.endResetModel()
        elif ailments:
            self.dataChanged.emit(self.index(0), self.index(len(ailments) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Number of findings."""
        return 0 if parent.isValid() else len(self.ailments)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Illness, place and number; the sentence in the tooltip, and all of it for screen readers."""
        if not index.isValid() or index.row() >= len(self.ailments):
            return None
        found, name = self.ailments[index.row()], self.names[index.row()]
        heading = f"{found.illness}: {name}" if name else str(found.illness)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return heading
            case Qt.ItemDataRole.ToolTipRole:
                return found.sentence
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{heading}, {found.number}. {found.sentence}"
            case Qt.ItemDataRole.UserRole:
                return found
        return None


class HealthPanel(Panel):
    """One row for each finding. Enter goes to its node, Ctrl+Enter does what helps.

    Attributes:
        model: the rows.
        list: shows them.
        cure: does what helps against the present one; hidden where no single edit does.
        jump: goes to its node.
    """

    title = "Health"
    help = (
        "What keeps the network from learning, with the number that shows it and what helps. "
        "Enter goes to the node, Ctrl+Enter does what helps; undo takes it back."
    )

    nodeWanted = Signal(int)
    """Somebody wants to see this node."""
    lightsChanged = Signal(object)
    """How nodes are: node id -> `Light`; None while nobody looks."""

    def __init__(self, studio: Studio, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.setObjectName("panel.health")
        self.model = AilmentsModel(self)
        self._preferences = preferences
        self._lights: dict[int, Light] | None = None
        self._seen: object = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addWidget(Sheet(self.pages, side=1))

    def build(self) -> None:
        """Make the list, and the buttons below it."""
        self.list = ActingList(self)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setModel(self.model)
        self.delegate = AilmentDelegate(self.studio.theme, self.list)
        self.list.setItemDelegate(self.delegate)
        self.list.selectionModel().currentChanged.connect(self._offer)
        self.list.gone.connect(self.go)
        self.list.mended.connect(self.heal)
        self.cure, self.jump = ElidedButton(), QPushButton(self.tr("Go to node"))
        self.limits = QPushButton(self.tr("Limits…"))
        self.cure.setObjectName("health.cure")
        self.jump.setObjectName("health.jump")
        self.limits.setObjectName("health.limits")
        self.jump.setToolTip(self.tr("Select the node and bring it to the middle of the canvas (Enter)."))
        self.limits.setToolTip(self.tr("From where on something is an illness."))
        self.cure.clicked.connect(lambda *_: self.heal())
        self.jump.clicked.connect(lambda *_: self.go())
        self.limits.clicked.connect(lambda *_: self.change_limits())
        row = QHBoxLayout()
        row.setContentsMargins(10, 0, 10, 2)
        row.addWidget(self.cure)
        row.addStretch(1)
        row.addWidget(self.limits)
        row.addWidget(self.jump)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list, 1)
        layout.addLayout(row)
        self.notice.button.clicked.connect(lambda *_: self.change_limits())
        self.setFocusProxy(self.list)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.delegate.dress(theme)
        self.list.viewport().update()

    def watch(self, awake: bool) -> None:
        """Measure only while somebody looks."""
        self.studio.watch_looks(self, (LOOK,) if awake else ())
        if not awake:
            self._seen = None
            self._shine(None)

    def thresholds(self) -> Thresholds:
        """From where on something is an illness: as chosen, else as the course says."""
        return Thresholds.of(self._preferences.health_limits)

    def refresh(self) -> None:
        """Show what is found now."""
        snapshot, document = self.studio.snapshot(), self.studio.document
        vitals = None if snapshot is None else snapshot.seen.get(LOOK)
        if snapshot is None or not isinstance(vitals, Vitals):
            self._say_nothing()
            return
        if (snapshot, document.revision) == self._seen:
            self._offer()
            return
        self._seen = snapshot, document.revision
        found = diagnose(document, vitals, snapshot.history, self.thresholds(), snapshot.culprit)
        names = tuple("" if a.node is None else document.nodes[a.node].name for a in found)
        here = self.present()
        self.model.show(found, names)
        self._shine(lights(vitals, found))
        if not found:
            self._say_well(vitals)
            return
        row = next((i for i, a in enumerate(found) if here and _kinds([a]) == _kinds([here])), 0)
        self.list.setCurrentIndex(self.model.index(row))
        self.show_body()
        count = self.tr("1 finding.") if len(found) == 1 else self.tr("{} findings.").format(len(found))
        self.describe(f"{count} {found[row].sentence}")
        self._offer()

    def present(self) -> Ailment | None:
        """The finding of the present row."""
        row = self.list.currentIndex().row()
        return self.model.ailments[row] if 0 <= row < len(self.model.ailments) else None

    def go(self) -> None:
        """Go to the present finding's node."""
        found = self.present()
        if found is not None and found.node is not None:
            self.nodeWanted.emit(found.node)

    def heal(self) -> None:
        """Do what helps against the present finding."""
        found, document = self.present(), self.studio.document
        if found is not None and found.cure is not None:
            cure = found.cure
            self.studio.do(lambda: cures.patch(cure, document))

    def change_limits(self) -> None:
        """Open the form of thresholds."""
        from gradstudio.ui.dialogs.limits import LimitsDialog

        dialog = LimitsDialog(self.thresholds(), self)
        dialog.chosen.connect(self._keep_limits)
        dialog.open()

    def _keep_limits(self, chosen: Thresholds) -> None:
        self._preferences.health_limits = {f.name: float(getattr(chosen, f.name)) for f in fields(Thresholds)}
        self._seen = None
        self.refresh()

    def _shine(self, shown: dict[int, Light] | None) -> None:
        if shown != self._lights:
            self._lights = shown
            self.lightsChanged.emit(shown)

    def _say_nothing(self) -> None:
        self._seen = None
        self.model.show((), ())
        self._shine(None)
        if not self.studio.document.nodes:
            self.show_notice(self.tr("No network yet"), self.tr("Drag gates from the palette and wire them."))
        else:
            self.show_notice(self.tr("Not examined yet"), self.tr("A network is examined once it can be computed."))

    def _say_well(self, vitals: Vitals) -> None:
        if vitals.flows or vitals.bends:
            text = self.tr("Matrices examined at step {0}: {1}, activations: {2}.").format(
                grouped(vitals.step), len(vitals.flows), len(vitals.bends)
            )
            self.show_notice(self.tr("Nothing ails this network"), text, self.tr("Limits…"))
        else:
            self.show_notice(
                self.tr("Nothing to examine"), self.tr("Layers with weights and activations are; here are none.")
            )

    def _offer(self, *_: object) -> None:
        """Write on the button what helps."""
        found = self.present()
        words = cures.words(found.cure, self.studio.document) if found is not None and found.cure is not None else ""
        self.cure.setText(words)
        self.cure.setVisible(bool(words))
        self.cure.setToolTip(self.tr("{} (Ctrl+Enter). Undo takes it back.").format(words) if words else "")
        self.jump.setEnabled(found is not None and found.node is not None)


def _kinds(ailments: tuple[Ailment, ...] | list[Ailment]) -> list[tuple[object, object]]:
    return [(found.illness, found.node) for found in ailments]
