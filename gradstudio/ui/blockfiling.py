"""Blocks saved to the palette and to files, and put into the network, with the questions that asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox

from gradstudio import files
from gradstudio.document.blocks import taken_out
from gradstudio.document.model import GroupId, NodeId
from gradstudio.ui.blocks import SUFFIX, Block, file_name
from gradstudio.ui.canvas.groups import meant_groups
from gradstudio.ui.canvas.wanted import Wanted

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow


class BlockFiling(QObject):
    """The window's commands about blocks."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def _group(self) -> GroupId | None:
        found = meant_groups(self._window.canvas)
        return found[0] if len(found) == 1 else None

    def save(self) -> None:
        """Keep the selected group in the palette; asks before another block of its name goes."""
        group, blocks = self._group(), self._window.blocks
        if group is None:
            return
        name = file_name(self._window.studio.document.groups[group].name)
        if blocks.named(name) is None:
            self._save(group)
        else:
            self._ask(
                self.tr("Replace the block “{}”?").format(name),
                self.tr("Networks it was put into before stay as they are."),
                self.tr("Replace"),
                lambda: self._save(group),
            )

    def _save(self, group: GroupId) -> None:
        studio = self._window.studio
        try:
            block = self._window.blocks.save(studio.document, group)
        except (files.FileProblem, OSError) as problem:
            self._window.files.tell(self.tr("The block can't be saved"), str(problem))
            return
        studio.messageShown.emit(self.tr("“{}” is in the palette now, under My blocks.").format(block.title))

    def export(self) -> None:
        """Ask for a file and write the selected group to it."""
        group = self._group()
        if group is None:
            return
        name = file_name(self._window.studio.document.groups[group].name)
        dialog = self._window.files.dialog(
            self.tr("Save block"), QFileDialog.AcceptMode.AcceptSave, ["GradStudio (*.grad *.grad.json)"]
        )
        dialog.setDefaultSuffix(SUFFIX[1:])
        dialog.selectFile(f"{name}{SUFFIX}")
        dialog.fileSelected.connect(lambda path: self._export(group, Path(path)))
        dialog.open()

    def _export(self, group: GroupId, path: Path) -> None:
        document = self._window.studio.document
        if group not in document.groups:
            return
        try:
            files.write(taken_out(document, group), path)
        except (files.FileProblem, OSError) as problem:
            self._window.files.tell(self.tr("The block can't be saved there"), str(problem))
            return
        self._window.studio.messageShown.emit(self.tr("Block saved as {}.").format(path))

    def insert(self) -> None:
        """Ask for a file and put its network in as a group."""
        dialog = self._window.files.dialog(
            self.tr("Insert network"), QFileDialog.AcceptMode.AcceptOpen, ["GradStudio (*.grad *.grad.json)", "*"]
        )
        dialog.fileSelected.connect(lambda path: self.insert_path(Path(path)))
        dialog.open()

    def insert_path(self, path: Path) -> None:
        """Put the network of a file in as a group."""
        try:
            block = files.read(path)
        except (files.FileProblem, OSError) as problem:
            self._window.files.tell(self.tr("This file can't be inserted"), str(problem))
            return
        self._window.arrivals.bring(block, path)
        name = file_name(path.name.removesuffix(".json").removesuffix(SUFFIX))
        self._window.canvas.place_block(block, name)

    def place(self, block: Block, wanted: Wanted | None = None, near: tuple[NodeId, ...] = ()) -> None:
        """Put a block of the palette in, where one is wanted or where there is room."""
        document = self._window.canvas.read_block(block)
        if document is not None:
            self._window.canvas.place_block(document, block.title, wanted.at if wanted else None, near)

    def open(self, block: Block) -> None:
        """Open a block as a network of one's own."""

        def show() -> None:
            document = self._window.canvas.read_block(block)
            if document is not None:
                self._window.studio.open_document(document, None, f"{block.title}{SUFFIX}")

        self._window.files.ask_first(show)

    def delete(self, block: Block) -> None:
        """Ask, and delete a block."""
        self._ask(
            self.tr("Delete the block “{}”?").format(block.title),
            self.tr("Its file is deleted. Networks it was put into stay as they are."),
            self.tr("Delete"),
            lambda: self._delete(block),
        )

    def _delete(self, block: Block) -> None:
        try:
            self._window.blocks.remove(block)
        except OSError as problem:
            self._window.files.tell(self.tr("The block can't be deleted"), str(problem))

    def _ask(self, headline: str, sentence: str, yes: str, then: Callable[[], None]) -> None:
        """Ask a question, and go on if it is answered with yes."""
        box = QMessageBox(self._window)
        box.setObjectName("block.question")
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setText(headline)
        box.setInformativeText(sentence)
        accept = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(accept)

        def answered(_code: int) -> None:
            button = box.clickedButton()
            box.deleteLater()
            if button is accept:
                then()

        box.finished.connect(answered)
        box.open()
