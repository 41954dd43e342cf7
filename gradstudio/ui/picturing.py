"""Pictures of the window's network: into a file, onto the clipboard, onto paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF
from PySide6.QtGui import QGuiApplication, QPageLayout, QPainter
from PySide6.QtWidgets import QDialog, QFileDialog

from gradstudio import files
from gradstudio.ui.preferences import PictureStyle
from gradstudio.ui.theme import THEMES

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

    from gradstudio.ui.canvas.picture import Picture
    from gradstudio.ui.dialogs.picture import PictureDialog
    from gradstudio.ui.window import MainWindow

ENDINGS = (".png", ".svg")


class Picturing(QObject):
    """The window's picture commands. A picture shows the whole network, or only what is selected."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._studio = window.studio
        self._preferences = window.preferences

    def picture(self, style: PictureStyle, *, part: bool) -> Picture:
        """The network as it is seen, or its selected nodes only."""
        from gradstudio.ui.canvas.picture import Picture

        studio = self._studio
        return Picture(
            studio.document,
            studio.snapshot(),
            THEMES.get(style.colors, studio.theme),
            background=not style.transparent,
            only=studio.selection()[0] if part else None,
            inside=studio.stage.inside,
        )

    def export(self) -> PictureDialog:
        """Ask how the picture is to be, and then for a file; or copy it."""
        from gradstudio.ui.dialogs.picture import COPY, SAVE, PictureDialog

        count = len(self._studio.selection()[0])
        dialog = PictureDialog(self.picture, self._preferences.picture_style, count, self._window)

        def answered(code: int) -> None:
            if code in (SAVE, COPY):
                self._preferences.picture_style = dialog.style_
                made = self.picture(dialog.style_, part=dialog.part)
                self._ask_where(made, dialog.style_.scale) if code == SAVE else self._copy(made, dialog.style_.scale)
            dialog.deleteLater()

        dialog.finished.connect(answered)
        dialog.open()
        return dialog

    def copy(self) -> None:
        """Put a picture of the selected nodes, or of the whole network, on the clipboard, made as the last one was."""
        style = self._preferences.picture_style
        self._copy(self.picture(style, part=bool(self._studio.selection()[0])), style.scale)

    def _copy(self, picture: Picture, scale: float) -> None:
        QGuiApplication.clipboard().setMimeData(picture.for_clipboard(scale))
        size = picture.pixels(scale)
        words = self.tr("Picture copied: {} × {} pixels, and as vector graphics.")
        self._studio.messageShown.emit(words.format(size.width(), size.height()))

    def _ask_where(self, picture: Picture, scale: float) -> None:
        kinds = [self.tr("Picture (*.png)"), self.tr("Vector graphics (*.svg)")]
        dialog = self._window.files.dialog(self.tr("Export picture"), QFileDialog.AcceptMode.AcceptSave, kinds)
        dialog.setDefaultSuffix("png")
        dialog.selectFile(f"{Path(self._studio.name).stem}.png")
        dialog.fileSelected.connect(lambda name: self._save(picture, scale, Path(name)))
        dialog.open()

    def _save(self, picture: Picture, scale: float, path: Path) -> None:
        tell = self._window.files.tell
        if path.suffix.lower() not in ENDINGS:
            sentence = self.tr("A picture's name ends in .png or .svg, found “{}”.").format(path.name)
            tell(self.tr("The picture can't be saved so"), sentence)
            return
        data = picture.png(scale) if path.suffix.lower() == ".png" else picture.svg()
        try:
            files.write_bytes(data, path)
        except files.FileProblem as problem:
            tell(self.tr("The picture can't be saved there"), str(problem))
            return
        self._studio.messageShown.emit(self.tr("Picture saved as {}.").format(path))

    # --- paper ----------------------------------------------------------------------------------------------

    def print(self) -> None:
        """Ask for a printer, and draw the network onto one page: in light colours, without the canvas."""
        from PySide6.QtPrintSupport import QAbstractPrintDialog, QPrintDialog, QPrinter

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(self._studio.name)
        whole = self.picture(_ON_PAPER, part=False)
        lying = whole.size.width() > whole.size.height()
        printer.setPageOrientation(QPageLayout.Orientation.Landscape if lying else QPageLayout.Orientation.Portrait)
        dialog = QPrintDialog(printer, self._window)
        dialog.setWindowTitle(self.tr("Print network"))
        if self._studio.selection()[0]:
            dialog.setOption(QAbstractPrintDialog.PrintDialogOption.PrintSelection, True)
        dialog.finished.connect(lambda code: self._answered(code, printer, dialog))
        QDialog.open(dialog)

    def _answered(self, code: int, printer: QPrinter, dialog: QDialog) -> None:
        from PySide6.QtPrintSupport import QPrinter

        if code == QDialog.DialogCode.Accepted:
            part = printer.printRange() is QPrinter.PrintRange.Selection
            self.print_on(printer, self.picture(_ON_PAPER, part=part))
        dialog.deleteLater()

    def print_on(self, printer: QPrinter, picture: Picture) -> None:
        """Draw a picture onto one page, as large as fits."""
        from PySide6.QtPrintSupport import QPrinter

        painter = QPainter()
        if not painter.begin(printer):
            target = printer.outputFileName() or printer.printerName()
            sentence = self.tr("“{}” takes nothing. Choose another printer, or another file.").format(target)
            self._window.files.tell(self.tr("The network can't be printed there"), sentence)
            return
        with painter:
            page = printer.pageRect(QPrinter.Unit.DevicePixel)
            picture.draw(painter, QRectF(0, 0, page.width(), page.height()))
        self._studio.messageShown.emit(self.tr("Printed: {}.").format(self._studio.name))


_ON_PAPER = PictureStyle("light", transparent=True)
