"""The only crossing between the plain-Python document and session, and Qt's signals and event loop."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal

from gradstudio import files
from gradstudio.document.commands import reset_training
from gradstudio.document.history import History
from gradstudio.document.model import Change, Document, NodeId, Patch, WireId
from gradstudio.document.nesting import all_members, chain
from gradstudio.document.reasons import Refused
from gradstudio.document.regions import AreaId, GroupId
from gradstudio.document.stage import Stage, is_box
from gradstudio.engine.errors import EngineError
from gradstudio.insight.sample import SampleLook
from gradstudio.training.looks import Look
from gradstudio.training.session import Session
from gradstudio.training.snapshot import Snapshot, Status, Watch
from gradstudio.ui.theme import DARK, Theme

if TYPE_CHECKING:
    from gradstudio.ui.runbook import RunBook

Selection: TypeAlias = tuple[tuple[NodeId, ...], tuple[WireId, ...], tuple[AreaId, ...]]
"""Nodes, wires, and groups, frames and comments."""
Veil: TypeAlias = Callable[[Snapshot], Snapshot]
"""What is to be seen of the numbers: of a snapshot, one with less in it."""
IDLE_MS, SOON_MS, TICK_MS = 0, 8, 25
SMALL = 1_000
"""Nodes and wires of a network that is looked at as a whole."""
"""Numbers are asked for once a new network has been painted, often after an edit, and from its first numbers on."""


class Studio(QObject):
    """One open network with its history, session and selection: what every part of one window shares.

    Attributes:
        document: the network; replaced as a whole when another file is opened (`documentReplaced`).
        history: its undo list. Edits go through `do`.
        session: runs it in a worker thread.
        path: the file it came from or was saved to, or None.
        theme: the colours to draw in.
        runs: every training of the network, kept in the person's folder of states (`state`) or beside its file.
        stage: what is to be seen of the network: all of it, or the inside of a group (`enter`).
        sample: the sample that is on the canvas in place of the batch; None for the batch.
    """

    documentChanged = Signal(object)
    """A `Change`, after every edit."""
    historyChanged = Signal()
    """Undo list, clean mark or path changed."""
    snapshotTaken = Signal(object)
    """A `Snapshot` of the present revision."""
    statusChanged = Signal(str)
    """A `Status` of the session."""
    selectionChanged = Signal(object, object)
    """Tuples of the selected node and wire ids."""
    messageShown = Signal(str)
    """A sentence for the person, e.g. why an edit was refused."""
    closing = Signal()
    """The window goes: whoever works beside it ends."""
    documentReplaced = Signal()
    """Another document is open."""
    insideChanged = Signal()
    """Another group was entered, or left: `stage.inside`."""
    groupToggled = Signal(int)
    """A group is to be opened in place, or closed: what that takes only the canvas knows."""
    runMoved = Signal(object)
    """A `Log`: a run has paused or ended, and what it learned is in the document."""
    stateTaken = Signal(object)
    """A `Taken`: a state of the run that goes on is to be kept."""
    dataWanted = Signal(int, str)
    """Something is to be done with the data of a node: "edit", "find", "embed" or "link"."""
    themeChanged = Signal(object)
    """The `Theme` now in force."""

    document: Document
    history: History
    session: Session
    path: Path | None
    stage: Stage

    def __init__(
        self,
        document: Document | None = None,
        path: Path | None = None,
        theme: Theme = DARK,
        name: str = "",
        state: Path | None = None,
    ) -> None:
        super().__init__()
        self.theme = theme
        self._name = name
        self._watch = Watch()
        self._looks: dict[QObject, frozenset[Look]] = {}
        self._looking = True
        self._snapshot: Snapshot | None = None
        self._shown: Snapshot | None = None
        self._veil: Veil | None = None
        self._lens: Veil | None = None
        self.sample: SampleLook | None = None
        self._told_numbers: Snapshot | None = None
        self._whole = False
        self._status = Status.IDLE
        self._told = ""
        self._ended = 0
        self._failure: Exception | None = None
        self._closed = False
        self._selection: tuple[tuple[NodeId, ...], tuple[WireId, ...]] = ((), ())
        self._areas: tuple[AreaId, ...] = ()
        self._way: tuple[GroupId, ...] = ()
        self._timer = QTimer(self)
        self._timer.setObjectName("studio.poll")
        self._timer.timeout.connect(self._poll)
        self._take_over(document if document is not None else Document(), path)
        self.runs = _runs_of(self, state)

    # --- the document -----------------------------------------------------------------------------------

    def do(self, patch: Patch | Callable[[], Patch], merge: Hashable = None) -> bool:
        """Carry out an edit, or the edit a function makes; a refusal is shown as a message. Whether it was done."""
        try:
            self.edit(patch, merge)
        except (Refused, EngineError) as refusal:
            self.messageShown.emit(str(refusal))
            return False
        return True

    def edit(self, patch: Patch | Callable[[], Patch], merge: Hashable = None) -> None:
        """Carry out an edit, or the edit a function makes.

        A change of the graph while training runs first stops the run and keeps what it has learned; so does one right
        after a run that has ended, whose training nobody has fetched yet.

        Raises:
            Refused: if it isn't legal.
            EngineError: if a gate can't take a value.
        """
        made = patch() if callable(patch) else patch
        if made.training is not None or self.document.computes_differently(made):
            known, ran = self.document.training, self.running
            self.settle(stop=True)
            if ran:
                self._tell_stopped()
            if self.document.training is not known and callable(patch):
                made = patch()
        self.history.do(made, merge=merge)

    def _tell_stopped(self) -> None:
        self.messageShown.emit(
            self.tr("Training stopped after step {}: the network was edited.").format(self.document.training.step)
        )

    def undo(self) -> None:
        """Take the last edit back; a running run is stopped first, its training being the last edit then."""
        self.settle(stop=True)
        if self.history.can_undo:
            self.history.undo()

    def redo(self) -> None:
        """Carry the edit out again that was taken back last."""
        self.settle(stop=True)
        if self.history.can_redo:
            self.history.redo()

    def go_to_step(self, index: int) -> None:
        """Take edits back, or carry them out again, until so many are done."""
        self.settle(stop=True)
        self.history.go_to(index)

    def new(self) -> None:
        """Open an empty network."""
        self.open_document(Document(), None)

    def open_document(self, document: Document, path: Path | None, name: str = "") -> None:
        """Show another network in place of the present one; `name` is what it is called while it has no file."""
        self._let_go()
        self._name = name
        self._take_over(document, path)
        self.documentReplaced.emit()
        self.historyChanged.emit()
        self.statusChanged.emit(str(self._status))

    def save(self, path: Path | None = None) -> None:
        """Write the network, with all that a running run has learned so far, to its file or to another one.

        Raises:
            OSError: if it can't be written.
            ValueError: if there is neither a path given nor one known.
        """
        target = path if path is not None else self.path
        if target is None:
            raise ValueError("a network that has no file yet is saved with a path")
        resume = self.running
        self.settle()
        try:
            files.write(self.document, target)
            self.path = target
            self.history.set_clean()
        finally:
            if resume and self.session.status is Status.PAUSED:
                self.train()
        self.historyChanged.emit()

    def close(self) -> None:
        """End the session's thread and the timer, for good; call it when the window goes."""
        self._closed = True
        self.closing.emit()
        self._let_go()

    @property
    def name(self) -> str:
        """The file's name; a new network's is "untitled.grad"."""
        return self.path.name if self.path is not None else self._name or "untitled.grad"

    @property
    def modified(self) -> bool:
        """Whether there is something to save."""
        return not self.history.clean or self.running

    # --- selection --------------------------------------------------------------------------------------

    def select(self, nodes: Iterable[NodeId] = (), wires: Iterable[WireId] = (), areas: Iterable[AreaId] = ()) -> None:
        """Select these and nothing else; what isn't there or isn't seen is left out, of a closed group its parts.

        Args:
            nodes: to select; all nodes of a closed group are the group.
            wires: to select.
            areas: frames, comments and opened groups to select; a group's nodes must be among the nodes.
        """
        document, stage = self.document, self.stage
        chosen = stage.choosable(n for n in nodes if n in document.nodes)
        seen = tuple(dict.fromkeys(w for w in wires if w in document.wires and stage.sees(document.wires[w])))
        drawn = self._drawn(chosen, areas)
        if (chosen, seen) != self._selection or drawn != self._areas:
            self._selection, self._areas = (chosen, seen), drawn
            self.selectionChanged.emit(chosen, seen)

    def _drawn(self, nodes: tuple[NodeId, ...], areas: Iterable[AreaId]) -> tuple[AreaId, ...]:
        """The frames and comments that can be selected, and the groups all of whose nodes are."""
        document, stage = self.document, self.stage
        if not (document.groups or document.frames or document.comments):
            return ()
        wanted, inside = dict.fromkeys(areas), frozenset(nodes)
        boxes = [-shown for shown in stage.units(nodes) if is_box(shown)]
        opened = [i for i in stage.opened if i in wanted and inside.issuperset(all_members(document, i))]
        frames = [i for i in wanted if i in document.frames and stage.shows(document.frames[i].group)]
        comments = [i for i in wanted if i in document.comments and stage.shows(document.comments[i].group)]
        return (*boxes, *opened, *frames, *comments)

    def selection(self) -> tuple[tuple[NodeId, ...], tuple[WireId, ...]]:
        """The selected nodes and wires, in the order of their selection."""
        return self._selection

    @property
    def chosen(self) -> Selection:
        """Everything that is selected: what `select` takes."""
        return (*self._selection, self._areas)

    def areas(self) -> tuple[AreaId, ...]:
        """The selected groups (whose nodes are selected too), frames and comments."""
        return self._areas

    def enter(self, group: GroupId | None) -> None:
        """See the inside of a group only, or (None) the whole network again."""
        if group != self.stage.inside and (group is None or group in self.document.groups):
            self.stage = Stage(self.document, group)
            self._way = chain(self.document, group)
            self.select()
            self.insideChanged.emit()

    # --- numbers ----------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot | None:
        """The newest numbers, or None while there are none of the present network."""
        return self._shown if self.computed is not None else None

    @property
    def computed(self) -> Snapshot | None:
        """The newest numbers with all that a veil hides, or None: for whoever reveals them."""
        found = self._snapshot
        return found if found is not None and found.revision == self.document.graph_revision else None

    def set_veil(self, veil: Veil | None) -> None:
        """Let everybody see what this leaves of the numbers from now on; None: all of them."""
        self._veil = veil
        self._tell_again()

    def set_lens(self, lens: Veil | None) -> None:
        """Let everybody see other numbers in place of those of the batch, before a veil hides some; None ends it."""
        self._lens = lens
        self._tell_again()

    def _tell_again(self) -> None:
        if self.computed is not None and self._told_numbers is not None:
            self._tell_numbers(self._told_numbers)

    def _tell_numbers(self, snapshot: Snapshot) -> None:
        self._told_numbers = snapshot
        self._snapshot = seen = snapshot if self._lens is None else self._lens(snapshot)
        self._shown = seen if self._veil is None else self._veil(seen)
        self.snapshotTaken.emit(self._shown)

    def set_watch(self, **fields: object) -> None:
        """Say what is looked at (fields of `Watch`): nothing else is computed for a snapshot."""
        watch = replace(self._watch, **fields)  # type: ignore[arg-type]
        if watch != self._watch:
            self._watch = watch
            if self._looking:
                self._tell_watch()

    def is_small(self) -> bool:
        """Whether the network is so small that all of it is summed up, wherever somebody looks."""
        return self._whole or len(self.document.nodes) + len(self.document.wires) <= SMALL

    def set_whole(self, whole: bool) -> None:
        """Say whether all of a network is to be summed up, however large it is."""
        self._whole = whole
        if whole:
            self.set_watch(nodes=None, links=None)

    def set_looking(self, looking: bool) -> None:
        """Say whether somebody can see anything at all: while the window is minimised nothing is summed up."""
        if looking is not self._looking:
            self._looking = looking
            self._tell_watch()

    def _tell_watch(self) -> None:
        if not self._closed:
            self.session.watch = self._watch if self._looking else Watch(wires=False)
            self._await()

    def watch_rows(self, wanted: bool) -> None:
        """Whether the gradient panel wants its rows."""
        self.set_watch(rows=wanted)

    def watch_activation(self, node: NodeId | None) -> None:
        """The node whose activation is wanted."""
        self.set_watch(activation=node)

    def watch_looks(self, who: QObject, looks: Iterable[Look] = ()) -> None:
        """Say what someone looks at beside the rest, in place of what they looked at before; nothing ends it."""
        self._looks[who] = frozenset(looks)
        if not self._looks[who]:
            del self._looks[who]
        self.set_watch(looks=frozenset[Look]().union(*self._looks.values()))

    def refresh(self) -> None:
        """Ask for new numbers."""
        if not self._closed:
            self.session.refresh()
        self._await()

    # --- training ---------------------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """What the session does, as last told by `statusChanged`."""
        return self._status

    @property
    def running(self) -> bool:
        """Whether a run is going on."""
        return self.session.status is Status.RUNNING

    def train(self, steps: int | None = None) -> None:
        """Start a run of so many steps (or as the settings say), or go on with the paused one."""
        if steps is None and self.session.status is Status.PAUSED:
            self.session.resume()
        else:
            self.session.start(steps)
        self._follow()

    def pause(self) -> None:
        """Stop after the present gate; the run can go on."""
        self.session.pause()
        self._follow()

    def toggle_training(self) -> None:
        """Pause where it runs, train where it doesn't."""
        if self.running:
            self.pause()
        else:
            self.train()

    def step_once(self) -> None:
        """Make one training step."""
        self.session.step_once()
        self._follow()

    def visit(self, step: int | None) -> None:
        """Show the network as it was at a kept step of its training, or (None) as it is now; a run is paused."""
        self.session.visit(step)
        self._follow()

    def reset(self) -> None:
        """Forget the training: the weights start anew."""
        self.settle(stop=True)
        self.do(lambda: reset_training(self.document))

    def settle(self, *, stop: bool = False) -> None:
        """Bring a running run to rest and put what it has learned into the document."""
        if self.running:
            if stop:
                self.session.stop()
            else:
                self.session.pause()
        self._collect()

    # --- inside -----------------------------------------------------------------------------------------

    def _take_over(self, document: Document, path: Path | None) -> None:
        self.document = document
        self.path = path
        self.history = History(document)
        self.session = Session(document)
        self._whole = False
        seen = None if self.is_small() else frozenset[int]()  # of a large network nothing until the canvas says what
        self._watch = replace(self._watch, nodes=seen, links=seen)
        self.session.watch = self._watch if self._looking else Watch(wires=False)
        self._snapshot = self._shown = self._veil = None
        self._status = Status.IDLE
        self._told = ""
        self._ended = 0
        self._selection, self._areas = ((), ()), ()
        self.stage, self._way = Stage(document), ()
        document.changed.connect(self._document_changed)
        self.history.changed.connect(self._history_changed)
        self._timer.start(IDLE_MS)

    def _let_go(self) -> None:
        self._timer.stop()
        self.session.close()
        self.document.changed.disconnect(self._document_changed, missing_ok=True)
        self.history.changed.disconnect(self._history_changed, missing_ok=True)

    def _document_changed(self, change: Change) -> None:
        inside = self.stage.inside
        if change.groups:
            self.stage = Stage(self.document, self._still_inside())
        self.select(*self._selection, self._areas)
        if self.stage.inside != inside:
            self.insideChanged.emit()
        self.documentChanged.emit(change)
        self._await()

    def _still_inside(self) -> GroupId | None:
        """The group that was entered, or the innermost of those it lay in that is still there."""
        here = next((over for over in self._way if over in self.document.groups), None)
        self._way = chain(self.document, here)
        return here

    def _history_changed(self, *_: object) -> None:
        self.historyChanged.emit()

    def _follow(self) -> None:
        """Tell what the session does at once, and wait for what it makes."""
        self._tell_status()
        self._await()

    def _await(self) -> None:
        if not (self._closed or self._timer.isActive()):
            self._timer.start(SOON_MS)

    def _poll(self) -> None:
        """Collect; what went wrong in the worker is raised here, where it stops nobody's edit."""
        if self._timer.interval() == IDLE_MS:  # the event loop has just begun: the window shows itself first
            self._timer.setInterval(SOON_MS)
            return
        with self.session.pace:
            self._collect()
        if not self.session.awaiting:
            self._timer.stop()
        elif self._timer.interval() != (pause := SOON_MS if self.snapshot() is None else TICK_MS):
            self._timer.setInterval(pause)
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _collect(self) -> None:
        """Take what the session has ready: numbers, then a finished run's training, then its status."""
        snapshot = None
        try:
            snapshot = self.session.take()
        except Exception as failure:  # noqa: BLE001 (raised by the next poll)
            self._failure = failure
            self._await()
        for taken in self.session.keeping.taken():
            if taken.revision == self.document.graph_revision:
                self.stateTaken.emit(taken)
        patch = self.session.commit()
        if patch is not None:
            self.history.do(patch)
            self.runMoved.emit(self.session.keeping.log)
        if snapshot is not None:
            self._show(snapshot)
        self._tell_status()

    def _tell_status(self) -> None:
        status = self.session.status
        if status is not self._status:
            self._status = status
            self.statusChanged.emit(str(status))

    def _show(self, snapshot: Snapshot) -> None:
        if snapshot.message != self._told:
            self._told = snapshot.message
            if snapshot.message:
                self.messageShown.emit(snapshot.message)
        if snapshot.run != self._ended and snapshot.status is Status.IDLE and 0 < snapshot.steps <= snapshot.step:
            self._ended = snapshot.run
            self.messageShown.emit(self._farewell(snapshot))
        if snapshot.revision == self.document.graph_revision:
            self._tell_numbers(snapshot)

    def _farewell(self, snapshot: Snapshot) -> str:
        """How a run that came to its end went."""
        parts = [self.tr("Trained to step {}").format(f"{snapshot.step:,}")]
        if snapshot.loss is not None:
            parts.append(self.tr("loss {}").format(f"{snapshot.loss:.4g}"))
        if snapshot.accuracy is not None:
            parts.append(self.tr("accuracy {} %").format(f"{100 * snapshot.accuracy:.1f}"))
        return f"{', '.join(parts)}."

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours from now on."""
        if theme is not self.theme:
            self.theme = theme
            self.themeChanged.emit(theme)


def _runs_of(studio: Studio, state: Path | None) -> RunBook:
    """The runs of a studio; they know the studio."""
    from gradstudio.ui.runbook import RunBook

    return RunBook(studio, state)
