"""Opening, saving and exporting, with the questions they ask. Every dialog is shown without stopping the window."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox

from gradstudio import files
from gradstudio.document.model import Document
from gradstudio.engine.errors import EngineError
from gradstudio.resources import resource

if TYPE_CHECKING:
    from gradstudio.ui.dialogs.from_text import FromText
    from gradstudio.ui.window import MainWindow

SUFFIX = ".grad"


class Filing(QObject):
    """The window's file commands."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._studio = window.studio
        self._preferences = window.preferences

    # --- opening ----------------------------------------------------------------------------------------

    def new(self) -> None:
        """An empty network, after asking about the present one."""
        self.ask_first(self._studio.new)

    def new_from_text(self) -> FromText:
        """Ask for a network in one line, and show it in place of the present one."""
        from gradstudio.ui.canvas import sketch
        from gradstudio.ui.dialogs.from_text import FromText

        dialog = FromText(self._studio.theme, self._window)

        def make() -> None:
            self._studio.new()
            sketch.add(self._window.canvas, dialog.field.text())
            self._window.canvas.zoom_to_fit()
            self._window.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

        dialog.accepted.connect(lambda: self.ask_first(make))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def open(self) -> None:
        """Ask for a file and open it."""
        dialog = self.dialog(self.tr("Open network"), QFileDialog.AcceptMode.AcceptOpen, _filters())
        dialog.fileSelected.connect(lambda name: self.open_path(Path(name)))
        dialog.open()

    def open_beside(self, path: Path | None = None) -> None:
        """Open a file, or one that is asked for, in a window of its own; go to the window that shows it already."""
        if path is None:
            dialog = self.dialog(self.tr("Open in new window"), QFileDialog.AcceptMode.AcceptOpen, _filters())
            dialog.fileSelected.connect(lambda name: self.open_beside(Path(name)))
            dialog.open()
        elif (shown := self._window.windows.showing(path)) is not None:
            shown.bring_forward()
        elif (document := self._read(path)) is not None:
            self._window.windows.open(self._window).files.show(document, path)

    def open_path(self, path: Path) -> None:
        """Open a file, after asking about the present network; go to another window that shows it already."""
        if not self._shown_elsewhere(path):
            self.ask_first(lambda: self._open(path))

    def open_example(self, path: Path) -> None:
        """Open an example as a network of one's own: saving asks for a name."""
        self.ask_first(lambda: self._open(path, as_example=True))

    def show(self, document: Document, path: Path) -> None:
        """Show what was read from a file."""
        self._studio.open_document(document, path)
        self._remember(path)

    def _open(self, path: Path, *, as_example: bool = False) -> None:
        document = self._read(path)
        if document is not None and as_example:
            self._studio.open_document(document, None, path.name)
        elif document is not None:
            self.show(document, path)

    def _read(self, path: Path) -> Document | None:
        """The network of a file; where it can't be read, that is told."""
        try:
            document = files.read(path)
        except (files.FileProblem, OSError) as problem:
            self.tell(self.tr("This file can't be opened"), str(problem))
            return None
        self._window.arrivals.bring(document, path)
        return document

    def _shown_elsewhere(self, path: Path) -> bool:
        """Go to another window that shows a file, if there is one."""
        window = self._window.windows.showing(path)
        if window is None or window is self._window:
            return False
        window.bring_forward()
        return True

    # --- saving -----------------------------------------------------------------------------------------

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Save to the network's file, or ask for one."""
        if self._studio.path is None:
            self.save_as(then)
        else:
            self._write(self._studio.path, then)

    def save_as(self, then: Callable[[], None] | None = None) -> None:
        """Ask for a file and save to it."""
        dialog = self.dialog(self.tr("Save network"), QFileDialog.AcceptMode.AcceptSave, _filters())
        dialog.setDefaultSuffix(SUFFIX[1:])
        dialog.selectFile(self._studio.name)
        dialog.fileSelected.connect(lambda name: self._write(Path(name), then))
        dialog.open()

    def save_copy(self) -> None:
        """Ask for a file and write a copy there; the network stays what it is."""
        dialog = self.dialog(self.tr("Save a copy"), QFileDialog.AcceptMode.AcceptSave, _filters())
        dialog.setDefaultSuffix(SUFFIX[1:])
        dialog.selectFile(f"{Path(self._studio.name).stem}-copy{SUFFIX}")
        dialog.fileSelected.connect(self._write_copy)
        dialog.open()

    def _write(self, path: Path, then: Callable[[], None] | None) -> None:
        try:
            self._studio.save(path)
        except (files.FileProblem, OSError) as problem:
            self.tell(self.tr("The network can't be saved there"), str(problem))
            return
        self._remember(path)
        if then is not None:
            then()

    def _write_copy(self, name: str) -> None:
        try:
            files.write(self._studio.document, Path(name))
        except (files.FileProblem, OSError) as problem:
            self.tell(self.tr("The copy can't be saved there"), str(problem))

    # --- exporting --------------------------------------------------------------------------------------

    def export_numpy(self) -> None:
        """Ask for a file and write the network into it as a NumPy program."""
        dialog = self.dialog(
            self.tr("Export NumPy code"), QFileDialog.AcceptMode.AcceptSave, [self.tr("Python program (*.py)")]
        )
        dialog.setDefaultSuffix("py")
        dialog.selectFile(f"{Path(self._studio.name).stem}.py".replace("-", "_"))
        dialog.fileSelected.connect(self._write_numpy)
        dialog.open()

    def _write_numpy(self, name: str) -> None:
        from gradstudio.export.numpy_code import write_script

        self._studio.settle()
        try:
            written = write_script(self._studio.document, Path(name), Path(self._studio.name).stem)
        except (EngineError, files.FileProblem, OSError) as problem:
            self.tell(self.tr("The network can't be exported"), str(problem))
            return
        names = self.tr(" and ").join(path.name for path in written)
        self._studio.messageShown.emit(self.tr("NumPy code saved as {}.").format(names))

    # --- questions --------------------------------------------------------------------------------------

    def ask_first(self, then: Callable[[], None]) -> None:
        """Go on at once where everything is saved; else ask whether to save, and go on unless told not to."""
        if not self._studio.modified:
            then()
            return
        kinds = QMessageBox.StandardButton
        box = QMessageBox(self._window)
        box.setObjectName("unsaved")
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setText(self.tr("Save the changes to “{}”?").format(self._studio.name))
        box.setInformativeText(self.tr("They are lost otherwise."))
        box.setStandardButtons(kinds.Save | kinds.Discard | kinds.Cancel)
        box.setDefaultButton(kinds.Save)
        _plain(box)

        def answered(_code: int) -> None:
            button = box.standardButton(box.clickedButton())
            box.deleteLater()
            if button is kinds.Save:
                self.save(then)
            elif button is kinds.Discard:
                then()

        box.finished.connect(answered)
        box.open()

    def tell(self, headline: str, sentence: str) -> None:
        """Say that something can't be done, and why."""
        box = QMessageBox(self._window)
        box.setObjectName("refusal")
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setText(headline)
        box.setInformativeText(sentence)
        _plain(box)
        box.finished.connect(box.deleteLater)
        box.open()

    def dialog(self, title: str, mode: QFileDialog.AcceptMode, filters: list[str]) -> QFileDialog:
        """A file dialog that begins where files were last; it is shown with `open()`."""
        dialog = QFileDialog(self._window, title, self._preferences.folder)
        dialog.setAcceptMode(mode)
        dialog.setNameFilters(filters)
        opening = mode is QFileDialog.AcceptMode.AcceptOpen
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile if opening else QFileDialog.FileMode.AnyFile)
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _remember(self, path: Path) -> None:
        self._preferences.add_recent(path)
        self._preferences.folder = str(path.resolve().parent)


def _plain(box: QMessageBox) -> None:
    """Show the box's texts as they are: names of files and nodes may look like markup."""
    for part in box.findChildren(QLabel):
        part.setTextFormat(Qt.TextFormat.PlainText)


def _filters() -> list[str]:
    return ["GradStudio (*.grad *.grad.json)", "*"]


def examples(*, templates_only: bool = False) -> list[tuple[str, str, Path]]:
    """(title, description, file) of the shipped networks; empty where none are shipped."""
    try:
        index = json.loads(resource("examples", "index.json").read_text(encoding="utf-8"))
        wanted = [entry for entry in index if entry["template"] or not templates_only]
        return [(e["title"], e["description"], resource("examples", f"{e['name']}.grad")) for e in wanted]
    except FileNotFoundError:
        return []
