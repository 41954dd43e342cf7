"""Pictures of the network: the dialog, files, the clipboard, paper; the whole or what is selected."""

import contextlib
import re
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QLineEdit, QMessageBox, QPushButton, QRadioButton

from gradstudio.ui.canvas.picture import SVG_MIME, Picture
from gradstudio.ui.dialogs.picture import PictureDialog
from gradstudio.ui.preferences import PictureStyle, Preferences
from gradstudio.ui.theme import DARK, LIGHT

LEFT = Qt.MouseButton.LeftButton
CONTROL, ALT, SHIFT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


def select(window, *names: str) -> None:
    """Select nodes by name."""
    window.studio.select([window.studio.document.named(name).id for name in names])


def press(window, key, modifiers) -> None:
    """Press a shortcut in the window."""
    window.activateWindow()
    window.canvas.setFocus()
    QTest.keyClick(window.windowHandle(), key, modifiers)


def asked(window):
    """The dialog, opened by its shortcut."""
    press(window, Qt.Key.Key_E, CONTROL | SHIFT)
    (dialog,) = [found for found in window.findChildren(PictureDialog) if found.isVisible()]
    return dialog


def click(button) -> None:
    """Click in the middle of a button."""
    QTest.mouseClick(button, LEFT)


def choose_file(window, path: Path) -> None:
    """Type a path into the file dialog that is open and accept it."""
    (dialog,) = [dialog for dialog in window.findChildren(QFileDialog) if dialog.isVisible()]
    line = dialog.findChild(QLineEdit)
    line.setText(str(path))
    QTest.keyClick(line, Qt.Key.Key_Return)
    QTest.qWait(5)


def words(svg: bytes | str) -> list[str]:
    """The texts of an SVG."""
    tree = ET.fromstring(svg)
    return [text.strip() for node in tree.iter() if node.tag.endswith("text") for text in node.itertext()]


def colors(image: QImage) -> set[str]:
    """The colours of an image's pixels."""
    return {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}


def test_a_picture_is_saved_as_png_and_as_svg(make_window, tmp_path) -> None:
    """The dialog, Save, a name: the file is written and the window says where."""
    window = make_window("sum-times-z")
    for name in ("net.png", "net.svg"):
        click(asked(window).save)
        choose_file(window, tmp_path / name)
        assert name in window.toast.text
    image = QImage(str(tmp_path / "net.png"))
    expected = Picture(window.studio.document, window.studio.snapshot(), DARK).pixels(2.0)
    assert image.size() == expected
    assert {"x", "q", "f", "-12", "3"} <= set(words((tmp_path / "net.svg").read_bytes()))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.png", "net.svg"]


def test_a_selection_is_drawn_with_the_wires_between_it_alone(make_window, tmp_path) -> None:
    """Of x, y, z, q, f the selected q and f are drawn, with their numbers, and no other node or wire."""
    window = make_window("sum-times-z")
    select(window, "q", "f")
    dialog = asked(window)
    assert dialog.selection.isChecked()
    click(dialog.save)
    choose_file(window, tmp_path / "part.svg")
    said = set(words((tmp_path / "part.svg").read_bytes()))
    assert {"q", "f", "3", "-4", "-12", "1"} <= said
    assert said.isdisjoint({"z", "-2", "5"})
    whole = Picture(window.studio.document, window.studio.snapshot(), DARK).size
    part = QSvgRenderer(str(tmp_path / "part.svg")).defaultSize()
    assert part.width() < whole.width()
    assert part.height() < whole.height()


def test_the_whole_can_be_drawn_although_something_is_selected(make_window, tmp_path) -> None:
    """Clicking “Whole network” draws all of it; without a selection the other choice can't be made."""
    window = make_window("sum-times-z")
    assert not asked(window).selection.isEnabled()
    window.findChild(PictureDialog).reject()
    select(window, "q")
    dialog = asked(window)
    size = dialog._size.text()
    dialog.whole.setFocus()
    click(dialog.whole)
    assert dialog._size.text() != size
    click(dialog.save)
    choose_file(window, tmp_path / "all.svg")
    assert {"x", "y", "z", "q", "f"} <= set(words((tmp_path / "all.svg").read_bytes()))


def test_how_it_is_to_be_is_chosen_and_remembered(make_window, tmp_path) -> None:
    """Light, transparent, three pixels a unit: so is the file, and so begins the next dialog."""
    preferences = Preferences()
    window = make_window("sum-times-z", preferences=preferences)
    dialog = asked(window)
    dialog.colors.setCurrentIndex(dialog.colors.findData("light"))
    QTest.keyClick(dialog.transparent, Qt.Key.Key_Space)
    dialog.scale.setCurrentIndex(dialog.scale.findData(3.0))
    click(dialog.save)
    choose_file(window, tmp_path / "net.png")
    image = QImage(str(tmp_path / "net.png"))
    assert image.pixelColor(1, 1).alpha() == 0
    plain = Picture(window.studio.document, window.studio.snapshot(), LIGHT, background=False)
    assert image.size() == plain.pixels(3.0)
    assert image.convertToFormat(QImage.Format.Format_ARGB32) == plain.image(3.0).convertToFormat(
        QImage.Format.Format_ARGB32
    )
    assert preferences.picture_style == PictureStyle("light", True, 3.0)
    again = asked(window)
    assert again.style_ == PictureStyle("light", True, 3.0)
    again.reject()


def test_cancelling_changes_nothing(make_window, tmp_path) -> None:
    """Escape leaves clipboard, preferences and disk as they were."""
    preferences = Preferences()
    window = make_window("sum-times-z", preferences=preferences)
    QGuiApplication.clipboard().setText("kept")
    dialog = asked(window)
    dialog.scale.setCurrentIndex(0)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert preferences.picture_style == PictureStyle()
    assert QGuiApplication.clipboard().text() == "kept"
    assert not [found for found in window.findChildren(QFileDialog) if found.isVisible()]


def test_a_picture_is_copied_by_key(make_window) -> None:
    """Ctrl+Alt+C puts pixels and SVG on the clipboard: what is selected, or the whole."""
    window = make_window("sum-times-z")
    for names, expected in (((), {"x", "z"}), (("q", "f"), {"q", "f"})):
        select(window, *names)
        press(window, Qt.Key.Key_C, CONTROL | ALT)
        carried = QGuiApplication.clipboard().mimeData()
        said = set(words(bytes(carried.data(SVG_MIME).data())))
        assert expected <= said
        assert ("z" in said) is (not names)
        picture = Picture(
            window.studio.document, window.studio.snapshot(), DARK, only=window.studio.selection()[0] or None
        )
        assert QGuiApplication.clipboard().image().size() == picture.pixels(2.0)
        assert str(picture.pixels(2.0).width()) in window.toast.text


def test_a_program_that_ends_with_a_picture_on_the_clipboard_ends_well() -> None:
    """What was copied may outlive Python: the program's exit code is 0 all the same."""
    code = """
    from gradstudio.app import application
    from gradstudio.document.model import Document
    from gradstudio.ui.canvas.picture import Picture
    from gradstudio.ui.theme import DARK
    app = application()
    app.clipboard().setMimeData(Picture(Document(), None, DARK).for_clipboard(1.0))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_copy_in_the_dialog(make_window) -> None:
    """The dialog's Copy takes what was chosen there and asks for no file."""
    window = make_window("sum-times-z")
    dialog = asked(window)
    dialog.scale.setCurrentIndex(dialog.scale.findData(1.0))
    click(dialog.copy)
    assert QGuiApplication.clipboard().image().size() == Picture(window.studio.document, None, DARK).pixels(1.0)
    assert not [found for found in window.findChildren(QFileDialog) if found.isVisible()]


def test_the_preview_shows_what_is_chosen(make_window) -> None:
    """The preview changes with colours and background, and is drawn once for each."""
    window = make_window("sum-times-z")
    dialog = asked(window)
    seen = [dialog.preview.grab().toImage()]
    assert DARK.canvas in colors(seen[0])
    dialog.colors.setCurrentIndex(dialog.colors.findData("light"))
    seen.append(dialog.preview.grab().toImage())
    assert LIGHT.canvas in colors(seen[1])
    dialog.transparent.setChecked(True)
    seen.append(dialog.preview.grab().toImage())
    assert LIGHT.canvas not in colors(seen[2])
    drawn = dialog.preview._drawn
    dialog.scale.setCurrentIndex(0)
    dialog.preview.grab()
    assert dialog.preview._drawn is drawn
    dialog.reject()


@pytest.mark.parametrize("name", ["net.jpg", "missing/net.png"])
def test_a_picture_that_cannot_be_saved_says_why(make_window, tmp_path, name) -> None:
    """Another ending and a folder that isn't there are refused in a sentence; nothing is written."""
    window = make_window("sum-times-z")
    window.pictures._save(Picture(window.studio.document, None, DARK), 1.0, tmp_path / name)
    (box,) = window.findChildren(QMessageBox, "refusal")
    assert Path(name).name in box.informativeText()
    box.button(QMessageBox.StandardButton.Ok).click()
    assert list(tmp_path.iterdir()) == []


def test_spoilt_preferences_are_the_usual_ones() -> None:
    """What somebody wrote into the settings by hand doesn't stop a picture."""
    preferences = Preferences()
    for spoilt in ("{", '{"scale": 900}', '{"colors": "pink"}', "3"):
        preferences._set("picture", spoilt)
        assert preferences.picture_style == PictureStyle()


# --- paper -----------------------------------------------------------------------------------------------------------


class Page:
    """The one page of a PDF file that Qt wrote.

    Attributes:
        size: its width and height in points.
        colors: every colour that is painted with.
        scale: how large a unit of the canvas is on it, in points.
    """

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        assert len(re.findall(rb"/Type\s*/Page\b", data)) == 1
        self.size = tuple(float(n) for n in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)", data)[0])
        drawn = b"\n".join(self._streams(data))
        triples = re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) (?:scn|SCN|rg|RG)", drawn)
        self.colors = {QColor.fromRgbF(*map(float, triple)).name() for triple in triples}
        self.scale = max(float(a) for a, b in re.findall(rb"([\d.]+) 0 0 ([\d.]+) [-\d.]+ [-\d.]+ cm", drawn) if a == b)

    @staticmethod
    def _streams(data: bytes):
        for found in re.finditer(rb"stream\r?\n", data):
            with contextlib.suppress(zlib.error):
                yield zlib.decompressobj().decompress(data[found.end() :])


def print_to(window, path: Path, *, part: bool = False) -> None:
    """Ctrl+P, print to a PDF file."""
    press(window, Qt.Key.Key_P, CONTROL)
    (dialog,) = window.findChildren(QPrintDialog)
    dialog.findChild(QLineEdit, "filename").setText(str(path))
    if part:
        dialog.findChild(QRadioButton, "printSelection").setChecked(True)
    buttons = dialog.findChild(QDialogButtonBox)
    (accept,) = [b for b in buttons.findChildren(QPushButton) if buttons.buttonRole(b) is ACCEPT]
    accept.click()
    QTest.qWait(5)


ACCEPT = QDialogButtonBox.ButtonRole.AcceptRole


def test_a_network_is_printed_on_one_page(make_window, tmp_path) -> None:
    """Ctrl+P, a file, Print: one page that lies as the network does, in light colours and without the canvas."""
    window = make_window("spiral")
    print_to(window, tmp_path / "net.pdf")
    page = Page(tmp_path / "net.pdf")
    assert page.size[0] > page.size[1]
    assert {LIGHT.value, LIGHT.gradient, LIGHT.node_text} <= page.colors
    assert page.colors.isdisjoint({DARK.canvas, DARK.node_body, LIGHT.grid, LIGHT.grid_major})
    assert "Printed" in window.toast.text


def test_a_selection_is_printed_larger(make_window, tmp_path) -> None:
    """What is selected fills the page by itself: a unit of the canvas is larger on it."""
    window = make_window("sum-times-z")
    select(window, "q", "f")
    print_to(window, tmp_path / "all.pdf")
    print_to(window, tmp_path / "part.pdf", part=True)
    whole, part = Page(tmp_path / "all.pdf"), Page(tmp_path / "part.pdf")
    assert part.scale > 1.2 * whole.scale


@pytest.mark.qt_log_ignore("Returned false", extend=True)
def test_a_printer_that_takes_nothing_is_told_of(make_window, tmp_path) -> None:
    """A file in a folder that isn't there can't be printed to: the window says so."""
    window = make_window("sum-times-z")
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "missing" / "net.pdf"))
    window.pictures.print_on(printer, Picture(window.studio.document, None, LIGHT))
    (box,) = window.findChildren(QMessageBox, "refusal")
    assert "net.pdf" in box.informativeText()
    box.button(QMessageBox.StandardButton.Ok).click()


def test_a_part_that_is_nothing_is_a_picture_too(qapp, make_window) -> None:
    """A picture of no nodes is drawn, as that of an empty network."""
    window = make_window("sum-times-z")
    picture = Picture(window.studio.document, None, DARK, only=())
    assert picture.image(1.0).width() > 100
    assert re.match(rb"<\?xml", picture.svg())
    assert QSvgRenderer(QByteArray(picture.svg())).isValid()
