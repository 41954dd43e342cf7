"""The window's commands on data: bringing it in, choosing again, finding its file, keeping it in the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPointF
from PySide6.QtWidgets import QFileDialog

from gradstudio.data.beside import answer
from gradstudio.document import commands
from gradstudio.document.building import Fresh
from gradstudio.document.model import Document, NodeId, Patch
from gradstudio.document.rehearsal import Rehearsal
from gradstudio.engine.supply import SUPPLY, Wanted

if TYPE_CHECKING:
    from gradstudio.data.drafts import Draft, Looked
    from gradstudio.data.learner import Task
    from gradstudio.data.record import DataRecord
    from gradstudio.ui.dialogs.dataset.dialog import Chosen, DataDialog
    from gradstudio.ui.window import MainWindow

DATASETS = ("data", "data_numbers")
"""The gates that bring data of files in."""


class DataFiling(QObject):
    """What can be done with data. Readers are loaded when they are needed first."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._studio = window.studio
        window.studio.dataWanted.connect(self.do)

    def placed(self, gate: str) -> None:
        """A gate was placed: one that brings data in asks which."""
        nodes, _ = self._studio.selection()
        if gate in DATASETS and len(nodes) == 1 and self._studio.document.nodes[nodes[0]].gate == gate:
            self._ask_again(nodes[0], None)

    def do(self, node: NodeId, what: str) -> None:
        """Do what was asked for with the data of a node."""
        ways: dict[str, Callable[[NodeId], object]] = {
            "edit": self.edit, "find": self.find, "embed": self.embed, "link": self.link,
        }  # fmt: skip
        if node in self._studio.document.nodes:
            ways[what](node)

    # --- bringing in ----------------------------------------------------------------------------------------

    def import_(self) -> DataDialog:
        """Ask for data, and for what is to be made of it."""
        return self._ask_anew(None)

    def import_path(self, path: Path, at: QPointF | None = None) -> DataDialog:
        """Ask what is to be made of a file or folder; its node goes to a scene point, where there is one."""
        from gradstudio.data.drafts import Source

        dialog = self._ask_anew(at)
        dialog.take(Source.of_file(path))
        return dialog

    def _ask_anew(self, at: QPointF | None) -> DataDialog:
        document = self._studio.document
        dialog = self._dialog(build=not document.nodes)
        dialog.accepted.connect(lambda: self._add(dialog.chosen(), at))
        dialog.open()
        return dialog

    def _dialog(self, *, build: bool) -> DataDialog:
        from gradstudio.data.learner import BATCH
        from gradstudio.ui.dialogs.dataset.dialog import DataDialog

        answer()
        window, settings = self._window, self._studio.document.settings
        dialog = DataDialog(self._studio.theme, window, window.preferences.folder)
        dialog.layers.wanted.setChecked(build)
        size = BATCH if build else settings.batch_size
        dialog.layers.batch.setText("" if size is None else str(size))
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _add(self, chosen: Chosen | None, at: QPointF | None) -> None:
        from gradstudio.data.learner import built
        from gradstudio.ui.canvas import sketch

        if chosen is None:
            return
        self._shelve(chosen.looked)
        gate, params, task = _node_for(chosen.looked)

        def make(document: Document) -> tuple[Patch, tuple[NodeId, ...]]:
            return built(document, Fresh(gate, 0.0, 0.0, params=params), chosen.layers, task, chosen.batch)

        alone = Document()
        patch, nodes = make(alone)
        alone.apply(patch)
        drawn = sketch.Sketch("", alone, nodes)
        made = sketch.put(self._window.canvas, drawn, lambda: make(self._studio.document), at)
        if made:
            self._studio.select(made[:1])
        self._remember(chosen.looked)

    def _shelve(self, looked: Looked) -> None:
        """Let the data nodes of this process find what was read."""
        from gradstudio.data.record import text_of
        from gradstudio.data.shelf import SHELF

        record, source = looked.record, looked.draft.source
        if record is None or looked.prepared is None:
            return
        if source.path is not None:
            SHELF.put(source.path, looked.draft.reading, looked.table, looked.digest)
        SHELF.keep(Wanted(text_of(record), "training", source.values, source.absent), looked.prepared)
        SUPPLY.changed()

    def _remember(self, looked: Looked) -> None:
        if looked.draft.source.path is not None:
            self._window.preferences.folder = str(looked.draft.source.path.resolve().parent)

    # --- choosing again -------------------------------------------------------------------------------------

    def edit(self, node: NodeId) -> DataDialog | None:
        """Ask again what is to be made of the data of a node; of one without data, which data."""
        from gradstudio.data.state import state_of

        document = self._studio.document
        state = state_of(document, node)
        if state.how == "coming":
            self._studio.messageShown.emit(state.sentence)
            return None
        if state.how == "missing":
            self.find(node)
            return None
        return self._ask_again(node, None if state.record is None else self._draft_of(node, state.record))

    def _ask_again(self, node: NodeId, draft: Draft | None) -> DataDialog:
        from gradstudio.data.state import state_of

        document = self._studio.document
        dialog = self._dialog(build=False)
        dialog.accepted.connect(lambda: self._take_over(node, dialog.chosen()))
        build = not document.wires_out_of(node)
        if draft is not None:
            record = state_of(document, node).record
            dialog.edit(draft, "" if record is None else record.digest, build=build)
        else:
            dialog.layers.wanted.setChecked(build and len(document.nodes) == 1)
        dialog.open()
        return dialog

    def _draft_of(self, node: NodeId, record: DataRecord) -> Draft:
        """What a node says of its data as a draft."""
        from gradstudio.data.drafts import Draft, Source
        from gradstudio.data.record import unpacked
        from gradstudio.data.shelf import SHELF

        params = self._studio.document.nodes[node].params
        if record.columns and params.get("table") is not None:
            held: tuple[Any, Any] = params["table"], params.get("absent")
            source = Source("kept", record.name, None, unpacked(record, *held), record, *held)
        elif record.kind == "shipped":
            source = Source("shipped", record.name)
        else:
            source = Source("file", record.name, SHELF.place(record))
        return Draft(source, record.reading, record.preparation)

    def _take_over(self, node: NodeId, chosen: Chosen | None) -> None:
        if chosen is None or node not in self._studio.document.nodes:
            return
        self._shelve(chosen.looked)
        gate, params, task = _node_for(chosen.looked)
        kept = chosen.looked.draft.source.kind == "kept"
        loose = {} if kept else {"table": None, "absent": None}

        def make() -> Patch:
            trial = Rehearsal(self._studio.document)
            trial.do(commands.replace_gate(trial.doc, [node], gate))
            known = trial.doc.nodes[node].kind.params
            for name, value in {**loose, **params}.items():
                if name in known:
                    trial.do(commands.set_param(trial.doc, [node], name, value))
            self._build(trial, node, chosen, task)
            return trial.patch(f"Choose data of {trial.doc.nodes[node].name}")

        self._studio.do(make)
        self._remember(chosen.looked)

    def _build(self, trial: Rehearsal, node: NodeId, chosen: Chosen, task: Task) -> None:
        """Put the network behind the node where that is asked for."""
        from gradstudio.data.learner import learner

        if chosen.layers is None:
            trial.do(commands.change_settings(trial.doc, batch_size=chosen.batch))
            return
        nodes = learner(trial, node, chosen.layers, task)
        trial.do(commands.change_settings(trial.doc, **task.settings(chosen.batch)))
        trial.do(commands.set_objective(trial.doc, nodes[-1]))

    # --- files that are missed ------------------------------------------------------------------------------

    def find(self, node: NodeId) -> QFileDialog | None:
        """Ask for the file a node's data came from."""
        from gradstudio.data.state import state_of

        record = state_of(self._studio.document, node).record
        if record is None:
            self.edit(node)
            return None
        title = self.tr("Find {}").format(record.name)
        dialog = self._window.files.dialog(
            title, QFileDialog.AcceptMode.AcceptOpen, [f"{record.name} ({record.name})", "*"]
        )
        if record.kind == "images":
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda name: self.found(node, Path(name)))
        dialog.open()
        return dialog

    def found(self, node: NodeId, path: Path) -> None:
        """Take the file somebody chose for a node, if it has the contents the network was made with."""
        self._window.arrivals.take(node, path, lambda: self._prepare_anew(node, path))

    def _prepare_anew(self, node: NodeId, path: Path) -> None:
        """Ask what is to be made of another file in the place of the one that is missed."""
        from gradstudio.data.drafts import Draft, Source
        from gradstudio.data.state import state_of

        record = state_of(self._studio.document, node).record
        if record is not None:
            self._ask_again(node, Draft(Source.of_file(path), record.reading, record.preparation))

    # --- in the network file --------------------------------------------------------------------------------

    def embed(self, node: NodeId) -> None:
        """Keep the table of a node in the network itself."""
        from gradstudio.data.arriving import wanted_by
        from gradstudio.data.errors import DataProblem
        from gradstudio.data.record import embedded, text_of
        from gradstudio.data.shelf import SHELF
        from gradstudio.data.state import state_of

        record = state_of(self._studio.document, node).record
        if record is None:
            return
        try:
            kept, values, absent = embedded(SHELF.table(record), record)
        except DataProblem as problem:
            self._studio.messageShown.emit(str(problem))
            return
        gaps = absent if absent.any() else None
        before = wanted_by(self._studio.document.nodes[node].params)
        SHELF.keep(Wanted(text_of(kept), before.part, values, gaps), SHELF.prepared(before))
        params = {"record": text_of(kept), "table": values, "absent": gaps}
        self._set(node, params, self.tr("Embed {} in the network file").format(record.name))

    def link(self, node: NodeId) -> None:
        """Keep nothing but where a node's table came from; its file is asked for where it isn't at hand."""
        import msgspec

        from gradstudio.data.record import text_of
        from gradstudio.data.state import state_of

        record = state_of(self._studio.document, node).record
        if record is None:
            return
        loose = msgspec.structs.replace(record, columns=())
        params = {"record": text_of(loose), "table": None, "absent": None}
        self._set(node, params, self.tr("Link {} to its file").format(record.name))

    def _set(self, node: NodeId, params: Mapping[str, object], title: str) -> None:
        def make() -> Patch:
            trial = Rehearsal(self._studio.document)
            for name, value in params.items():
                trial.do(commands.set_param(trial.doc, [node], name, value))
            return trial.patch(title)

        self._studio.do(make)


def _node_for(looked: Looked) -> tuple[str, dict[str, object], Task]:
    """The gate that brings what was looked at into a network, its params, and what is to be learned."""
    from gradstudio.data.learner import Task
    from gradstudio.data.record import text_of

    made, record = looked.prepared, looked.record
    assert made is not None
    task = Task.of(made)
    if record is None:
        return looked.draft.source.name, {}, task
    return task.gate, {"record": text_of(record)}, task
