"""The main window: canvas, docks, menus, and what ties them together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QByteArray, QEvent, QPoint, Qt
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QVBoxLayout, QWidget

from gradstudio.document import commands
from gradstudio.document.model import NodeId
from gradstudio.engine.catalog import CATALOG
from gradstudio.insight.explorer import Cell
from gradstudio.ui import going, style
from gradstudio.ui.actions import make_actions, update_actions
from gradstudio.ui.answercard import AnswerCard
from gradstudio.ui.arrivals import Arrivals
from gradstudio.ui.blockfiling import BlockFiling
from gradstudio.ui.blocks import Block
from gradstudio.ui.bookmarks import Bookmarks
from gradstudio.ui.bridge import Studio
from gradstudio.ui.canvas import CanvasView
from gradstudio.ui.canvas.habits import NAMES as HABITS
from gradstudio.ui.canvas.scene import Hit
from gradstudio.ui.canvas.wanted import Wanted
from gradstudio.ui.datafiling import DataFiling
from gradstudio.ui.datawatch import DataWatch
from gradstudio.ui.dialogs.check import CheckDialog
from gradstudio.ui.dialogs.help import Help
from gradstudio.ui.docks import Docks
from gradstudio.ui.dropping import Dropping
from gradstudio.ui.filing import Filing
from gradstudio.ui.find import FindPanel
from gradstudio.ui.gatesearch import GateSearch
from gradstudio.ui.inspector import Inspector
from gradstudio.ui.inspector.network import NetworkPage
from gradstudio.ui.menus import make_menus, show_block_menu, show_context_menu
from gradstudio.ui.palette import Palette
from gradstudio.ui.picks import color_picks, expose_picks, menu_picks, replace_picks
from gradstudio.ui.picturing import Picturing
from gradstudio.ui.predicting import Predicting
from gradstudio.ui.preferences import Preferences
from gradstudio.ui.quickpick import Pick, QuickPick
from gradstudio.ui.recovering import Recovering
from gradstudio.ui.samples import SampleBar, Samples
from gradstudio.ui.starting import Starting
from gradstudio.ui.statusbar import StatusLine
from gradstudio.ui.stepbar import StepBar
from gradstudio.ui.stepthrough import StepThrough
from gradstudio.ui.theme import Theme, chosen_theme
from gradstudio.ui.timebar import TimeBar
from gradstudio.ui.toast import Toast
from gradstudio.ui.topbar import TopBar
from gradstudio.ui.windows import Windows
from gradstudio.ui.wiring import wiring_picks

LAYOUT_VERSION = 1


class MainWindow(QMainWindow):
    """One network, with everything there is to see and do about it.

    Attributes:
        studio: the network.
        preferences: what is remembered.
        windows: all windows there are.
        canvas: the network drawn.
        recents: the gates used last.
        blocks: the person's own blocks.
        block_files: saving and inserting blocks.
        palette_: the gates.
        inspector: what is selected.
        docks: the docks around the canvas.
        finder: the search for nodes, over the canvas.
        bookmarks: places of the network to come back to.
        samples: which sample is on the canvas; sample_bar: its bar over it.
        steps: the walk through the network, gate by gate; step_bar: its bar below the canvas.
        time_bar: the bar to look back through a training.
        predicting: an exercise being worked on; card: into which answers are typed.
        actions_by_id: the actions of `actions.SPECS`.
        files: opening and saving.
        recovering: asks about runs a crash has ended.
        data: bringing data in; arrivals: reading it beside the window.
        pictures: pictures for files, clipboard and paper.
        starting: the page over an empty canvas.
        help: the help dialogs.
    """

    studio: Studio
    preferences: Preferences
    windows: Windows
    files: Filing
    data: DataFiling
    arrivals: Arrivals
    pictures: Picturing
    help: Help
    canvas: CanvasView
    steps: StepThrough
    predicting: Predicting
    time_bar: TimeBar
    block_files: BlockFiling
    sample_bar: SampleBar

    def __init__(self, studio: Studio, preferences: Preferences | None = None, windows: Windows | None = None) -> None:
        super().__init__()
        self.setObjectName("window")
        self.studio = studio
        self.preferences = preferences or Preferences()
        self.windows = windows or Windows(self.preferences)
        self.files = Filing(self)
        self.recovering = Recovering(self)
        studio.runs.wishes = self.preferences.checkpoints
        self.data, self.arrivals = DataFiling(self), Arrivals(self)
        self.pictures = Picturing(self)
        self.help = Help(self)
        self._sized = False
        self._closed = False
        self.canvas = CanvasView(studio)
        self.steps = StepThrough(self.canvas)
        self.predicting = Predicting(self.canvas, self.steps)
        self.card = AnswerCard(self.canvas, self.predicting)
        self.toast = Toast(self.canvas, studio.theme)
        self.finder = FindPanel(self.canvas)
        self.recents = self.windows.recents
        self.blocks = self.windows.blocks
        self.block_files = BlockFiling(self)
        self.canvas.blocks = self.blocks
        self.palette_ = Palette(studio, self.recents, self.windows.shelves, self.blocks)
        self.inspector = Inspector(studio)
        self.samples = Samples(studio, self)
        self.docks = Docks(self)
        self.bookmarks = Bookmarks(self)
        self._take_habits()
        self.actions_by_id = make_actions(self)
        self.inspector.rateWanted.connect(self.actions_by_id["find_rate"].trigger)
        self.step_bar = StepBar(self.steps, self.actions_by_id, studio.theme)
        self.time_bar = TimeBar(studio)
        self.sample_bar = SampleBar(self.samples)
        self._fill_centre()
        self.menus = make_menus(self)
        self.bar = TopBar(studio, self.menus, self.actions_by_id)
        self.setMenuWidget(self.bar)
        self.status = StatusLine(studio)
        self.setStatusBar(self.status)
        Dropping(self)
        self._connect()
        self.starting = Starting(self)
        self._retitle()
        self.windows.add(self)
        update_actions(self)
        self.resize(1440, 900)
        self.setMinimumSize(900, 560)

    def _fill_centre(self) -> None:
        """The canvas; over it the bar of a sample, below it those of step-through and looking back, where open."""
        centre = QWidget()
        box = QVBoxLayout(centre)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.sample_bar)
        box.addWidget(self.canvas, 1)
        box.addWidget(self.step_bar)
        box.addWidget(self.time_bar)
        self.setCentralWidget(centre)

    def _connect(self) -> None:
        studio = self.studio
        self.steps.changed.connect(self.refresh_actions)
        self.predicting.changed.connect(self.refresh_actions)
        self.predicting.begun.connect(self.samples.leave)
        self.samples.changed.connect(self._sample_shown)
        self.time_bar.shownChanged.connect(self.refresh_actions)
        for signal in (studio.selectionChanged, studio.historyChanged, studio.statusChanged, studio.documentChanged):
            signal.connect(self._refresh)
        studio.documentReplaced.connect(self._refresh)
        self.windows.changed.connect(self._refresh)
        studio.documentReplaced.connect(self.toast.hide)
        studio.messageShown.connect(self.toast.say)
        DataWatch(studio)
        studio.themeChanged.connect(self._dress)
        self.palette_.gateChosen.connect(self._add_gate)
        self.palette_.blockMenu.connect(self._show_block_menu)
        studio.insideChanged.connect(self._refresh)
        self.status.problemsWanted.connect(partial(going.to_dock, self, "problems"))
        self.canvas.paletteRequested.connect(self.pick_gate)
        self.canvas.gatePlaced.connect(self.recents.use)
        self.canvas.gatePlaced.connect(self.data.placed)
        self.canvas.menuRequested.connect(self._show_menu)
        self.canvas.visits.changed.connect(self.refresh_actions)
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_theme_changed)

    # --- what actions do --------------------------------------------------------------------------------

    def reset_layout(self) -> None:
        """Docks back to where they were at first."""
        self.docks.reset()

    def choose_theme(self, name: str, *_: object) -> None:
        """Take a theme ("dark", "light", "contrast" or "system") and remember it."""
        self.windows.choose_theme(name)

    def open_variant(self, cell: Cell) -> None:
        """Open a network the explorer has trained, in a window of its own."""
        name = self.studio.name.removesuffix(".grad")
        beside = self.windows.open(self)
        beside.studio.open_document(cell.document.copy(), None, f"{name}-{cell.size}-{cell.strength:g}.grad")

    def look_back(self) -> None:
        """Open the bar to look back through the training, or close it."""
        self.time_bar.open(not self.time_bar.isVisible())

    @property
    def looks_back(self) -> bool:
        """Whether that bar is open."""
        return self.time_bar.isVisible()

    def find_gate(self) -> None:
        """Go to the palette's search field."""
        self.docks["palette"].show()
        self.docks["palette"].raise_()
        self.palette_.focus_search()

    def find_node(self) -> None:
        """Search for nodes, over the canvas."""
        self.finder.open()

    def show_history(self) -> None:
        """Show the list of all steps, and go to it."""
        dock = self.docks["history"]
        dock.show()
        dock.raise_()
        dock.load()
        dock.widget().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def toggle_habit(self, name: str) -> None:
        """Choose the other way for the canvas to behave, and remember it."""
        self.windows.choose_habit(name, not getattr(self.canvas.habits, name))

    def _take_habits(self) -> None:
        habits = self.canvas.habits
        habits.animated = True
        for name in HABITS:
            setattr(habits, name, self.preferences.habit(name, getattr(habits, name)))

    def replace_selected(self) -> QuickPick | None:
        """Offer the gates that may take the place of the selected nodes."""
        return self._pick_for_selected(replace_picks(self.canvas), self.tr("Replace by …"))

    def color_selected(self) -> QuickPick | None:
        """Offer the colours the selected nodes may be painted in."""
        return self._pick_for_selected(color_picks(self.canvas), self.tr("Paint the selected nodes …"))

    def expose_port(self) -> QuickPick | None:
        """Offer the ports of the nodes in the selected group that it doesn't show yet."""
        picks = expose_picks(self.canvas)
        if not picks:
            self.studio.messageShown.emit(self.tr("There is no port in this group that could be shown besides."))
            return None
        return self._pick_for_selected(picks, self.tr("Show outside …"))

    def _pick_for_selected(self, picks: list[Pick], hint: str) -> QuickPick | None:
        """Offer something below the first of what is selected."""
        nodes, _, areas = self.studio.chosen
        if not nodes and not areas:
            return None
        self.canvas.make_visible(nodes[:1])
        popup = QuickPick(self, self.studio.theme, picks, hint)
        rect = self.canvas.scene.area_rect(areas[0]) if areas else self.canvas.node_rect(nodes[0])
        corner = self.canvas.to_view(rect.bottomLeft())
        popup.open_at(self.canvas.mapToGlobal(corner.toPoint()))
        return popup

    def refresh_actions(self) -> None:
        """Enable what can be done now."""
        if not self._closed:
            update_actions(self)

    def search_everything(self) -> QuickPick:
        """Offer every node, every action and every gate."""
        popup = QuickPick(self, self.studio.theme, self._everything(), self.tr("Search nodes, commands and gates"))
        corner = self.mapToGlobal(QPoint((self.width() - popup.width()) // 2, self.bar.height() + 8))
        popup.open_at(corner)
        return popup

    def pick_gate(self, wanted: Wanted) -> GateSearch:
        """Offer the gates that fit where one is wanted."""
        popup = GateSearch(self.canvas, wanted, self.recents.gates, self.blocks)
        popup.open_there()
        return popup

    def connect_selected(self) -> QuickPick | None:
        """Offer the wires that the selected node may get, and those it has."""
        nodes = self.studio.selection()[0]
        picks = wiring_picks(self.studio, nodes[0]) if len(nodes) == 1 else []
        if not picks:
            self.studio.messageShown.emit(self.tr("There is no port this node could be connected to."))
            return None
        self.canvas.make_visible(nodes)
        popup = QuickPick(self, self.studio.theme, picks, self.tr("Connect to …"))
        corner = self.canvas.to_view(self.canvas.node_rect(nodes[0]).bottomLeft())
        popup.open_at(self.canvas.mapToGlobal(corner.toPoint()))
        return popup

    def minimise_selected(self) -> None:
        """Make the selected node the objective."""
        nodes = self.studio.selection()[0]
        if len(nodes) == 1:
            self.studio.do(lambda: commands.set_objective(self.studio.document, nodes[0]))

    def minimise_ends(self) -> None:
        """Let the objective be every end of the graph."""
        self.studio.do(lambda: commands.set_objective(self.studio.document, None))

    def check_gradients(self, nodes: Sequence[NodeId] = ()) -> CheckDialog:
        """Check the gradients of the whole network, or of some gates each by itself."""
        self.studio.settle()
        dialog = CheckDialog(self.studio.document, self.studio.theme, self, nodes)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.concluded.connect(self.status.show_check)
        dialog.nodeWanted.connect(partial(going.to_node, self))
        dialog.start()
        return dialog

    def show_settings(self) -> None:
        """Show the settings of the training, and go to the learning rate."""
        self.docks["inspector"].show()
        self.docks["inspector"].raise_()
        self.studio.select()
        page = self.inspector.page
        if isinstance(page, NetworkPage):
            page.fields["learning_rate"].editor.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _add_gate(self, gate_id: str) -> None:
        block = self.blocks.named(gate_id)
        if block is not None and gate_id == block.id:
            self.block_files.place(block)
        else:
            self.canvas.add_beside(gate_id)

    def _everything(self) -> list[Pick]:
        theme = self.studio.theme
        picks = []
        for node in self.studio.document.nodes.values():
            title = node.kind.title if node.known else node.gate
            color = theme.category[node.kind.category] if node.known else theme.text_faint
            picks.append(Pick(node.name, partial(self._go_to, node.id), title, color))
        picks += menu_picks(self.menus)
        for group in self.studio.document.groups.values():
            picks.append(Pick(group.name, partial(self.canvas.enter, group.id), self.tr("Group"), theme.text_dim))
        picks += [self._gate_pick(gate.id) for gate in CATALOG]
        return picks + [
            Pick(self.tr("Add {}").format(block.title), partial(self.block_files.place, block), self.tr("My blocks"))
            for block in self.blocks.all()
        ]

    def _gate_pick(self, gate_id: str) -> Pick:
        gate = CATALOG.get(gate_id)
        color = self.studio.theme.category[gate.category]
        words = (gate.symbol, gate.id, *gate.keywords)
        run = partial(self.canvas.place_gate, gate_id)
        return Pick(self.tr("Add {}").format(gate.title), run, gate.category.value, color, words, gate.help)

    def _go_to(self, node: int) -> None:
        self.canvas.reveal(node)
        self.studio.select((node,))
        self.canvas.center_on(node)
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_block_menu(self, block: Block, at: QPoint) -> None:
        show_block_menu(self, block, at)

    def _show_menu(self, hit: Hit, at: QPoint) -> None:
        show_context_menu(self, hit, at)

    # --- following the studio ---------------------------------------------------------------------------

    def _refresh(self, *_: object) -> None:
        if not self._closed:
            self._retitle()
            update_actions(self)

    def _retitle(self) -> None:
        self.setWindowTitle(f"{self.studio.name}[*] — GradStudio")
        self.setWindowModified(self.studio.modified)
        self.setWindowFilePath("")

    def _dress(self, theme: Theme) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            style.apply(app, theme)
        self.toast.dress(theme)
        self.docks.dress(theme)
        self.step_bar.dress(theme)

    def _system_theme_changed(self, *_: object) -> None:
        if self.preferences.theme == "system" and not self._closed:
            self.studio.set_theme(chosen_theme("system"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape that means nothing else brings the batch back to the canvas."""
        if event.key() == Qt.Key.Key_Escape and self.samples.number is not None:
            self.samples.leave()
        else:
            super().keyPressEvent(event)

    def _sample_shown(self) -> None:
        """An exercise asks for numbers of the batch: with one sample on the canvas it ends."""
        if self.samples.number is not None:
            self.predicting.leave()

    # --- window events ----------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Everything in the window that waits to be painted is painted in one go: training waits for it."""
        if event.type() is QEvent.Type.WindowStateChange and not self._closed:
            self.studio.set_looking(not self.isMinimized())
        if event.type() is not QEvent.Type.UpdateRequest:
            return super().event(event)
        with self.studio.session.pace:
            return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Put the docks where they were last time, or in proportion to the window."""
        super().showEvent(event)
        if self._sized:
            return
        self._sized = True
        layout = self.preferences.layout
        if layout is not None and self.restoreState(layout[1], LAYOUT_VERSION):
            self.docks.restored()
        else:
            self.docks.default_sizes()
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def bring_forward(self) -> None:
        """Show it before all others."""
        if self.isMinimized():
            self.showNormal()
        self.raise_()
        self.activateWindow()
        self.windows.worked_in(self)

    def changeEvent(self, event: QEvent) -> None:
        """Note when somebody comes here to work."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self.windows.worked_in(self)

    def keep_layout(self) -> None:
        """Remember where everything is."""
        self.preferences.keep_layout(QByteArray(self.saveGeometry()), QByteArray(self.saveState(LAYOUT_VERSION)))

    def restore_geometry(self) -> None:
        """Put the window where it was last time."""
        layout = self.preferences.layout
        if layout is not None:
            self.restoreGeometry(layout[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about changes that aren't saved; else end everything."""
        if self._closed:
            event.accept()
        elif self.studio.modified:
            event.ignore()
            self.files.ask_first(self.close_now)
        else:
            self._end()
            event.accept()

    def close_now(self) -> None:
        """Close without asking."""
        self._end()
        self.close()

    def _end(self) -> None:
        """Stop the run, join the thread, let go of everything global."""
        if self._closed:
            return
        self._closed = True
        self.keep_layout()
        QGuiApplication.styleHints().colorSchemeChanged.disconnect(self._system_theme_changed)
        self.steps.leave()
        self.predicting.leave()
        self.docks.give_up()
        self.starting.give_up()
        self.arrivals.give_up()
        for dialog in self.findChildren(QDialog):
            if (job := getattr(dialog, "job", None)) is not None:
                job.cancel()
        self.toast.hide()
        self.palette_.close_down()
        self.studio.close()
        self.windows.remove(self)
