"""Paints the scenes, in a process of its own for each scale: its only font is one every installation has.

Other fonts have other widths, and nodes are as wide as their names: with the machine's own fonts a picture would be of
that machine. `ziafont`, which draws our formulas, brings DejaVu Sans along.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import ziafont

if TYPE_CHECKING:
    from PySide6.QtGui import QImage, QPixmap
    from PySide6.QtWidgets import QWidget

    from gradstudio.ui.window import MainWindow

THEMES = ("dark", "light")
SCALES = (1, 2)
"""Pixels of the screen for one of the window's."""
REFERENCE = Path(__file__).resolve().parent / "reference"
ROOT = Path(__file__).resolve().parents[3]
_WIDEST = 1520
"""Pictures of more pixels from left to right are kept smaller."""
_FONTS = Path(ziafont.__file__).parent / "fonts"
_CONFIGURATION = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>"""


def file_of(scene: str, theme: str, scale: int) -> str:
    """What the picture of a scene is called."""
    return f"{scene}-{theme}-{scale}x.png"


def paint_all(folder: Path) -> None:
    """Make every picture, in both themes and at both scales.

    Raises:
        CalledProcessError: if a scene can't be painted; its traceback went to standard error.
    """
    folder.mkdir(parents=True, exist_ok=True)
    home = folder / "home"
    home.mkdir(mode=0o700, exist_ok=True)
    fonts = home / "fonts.conf"
    fonts.write_text(_CONFIGURATION.format(fonts=_FONTS, cache=home / "cache"), encoding="utf-8")
    variables = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"), str(home))
    variables |= {
        "QT_QPA_PLATFORM": "offscreen", "FONTCONFIG_FILE": str(fonts), "QT_QPA_FONTDIR": str(_FONTS),
        "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    for scale in SCALES:
        own = os.environ | variables | {"QT_SCALE_FACTOR": str(scale)}
        command = [sys.executable, "-m", "tests.ui.pictures.painting", str(folder), str(scale)]
        subprocess.run(command, check=True, env=own, cwd=ROOT)


def _paint(folder: Path, scale: int) -> None:
    """Paint all scenes at the scale this process has."""
    from PySide6.QtWidgets import QApplication

    import gradstudio.gates  # noqa: F401 - fills the catalogue
    from tests.ui.pictures.scenes import SCENES

    app = QApplication(["gradstudio"])
    app.setCursorFlashTime(0)
    for theme in THEMES:
        for name in SCENES:
            _paint_scene(name, theme, folder / file_of(name, theme, scale))


def _paint_scene(name: str, theme: str, path: Path) -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    from gradstudio.ui.shot import make_window
    from tests.ui.pictures.scenes import CANVAS, SCENES, WINDOW, prepare

    scene = SCENES[name]
    window = make_window(scene.document(), f"{name}.grad", WINDOW, theme)
    if not scene.whole:
        window.canvas.setFixedSize(*CANVAS)
    window.show()
    prepare(window, scene)
    picture = _photograph(window, window if scene.whole else window.canvas)
    _small(picture.toImage()).save(str(path))
    window.close_now()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))


def _photograph(window: MainWindow, part: QWidget) -> QPixmap:
    """A part of the window, with the popups over it."""
    from PySide6.QtCore import QPoint, QRect
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QApplication

    picture = window.grab()
    painter = QPainter(picture)
    for popup in QApplication.topLevelWidgets():
        if popup.isVisible() and popup is not window:
            painter.drawPixmap(window.mapFromGlobal(popup.pos()), popup.grab())
    painter.end()
    scale = picture.devicePixelRatio()
    corner = part.mapTo(window, QPoint(0, 0))
    return picture.copy(QRect(corner * scale, part.size() * scale))


def _small(image: QImage) -> QImage:
    """The same in few bytes: not too wide, in 256 colours."""
    from PySide6.QtCore import Qt

    image.setDevicePixelRatio(1.0)
    if image.width() > _WIDEST:
        image = image.scaledToWidth(_WIDEST, Qt.TransformationMode.SmoothTransformation)
    return in_256_colours(image)


def in_256_colours(image: QImage) -> QImage:
    """The same in 256 colours of its own: of colours much alike the most frequent one, of these the most frequent."""
    from PySide6.QtGui import QImage

    image = image.convertToFormat(QImage.Format.Format_RGB32)
    found = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width()) | 0xFF000000
    colors, where, counts = np.unique(found, return_inverse=True, return_counts=True)
    often = colors[np.argsort(-counts, kind="stable")]
    _, first = np.unique(often & 0xFFF0F0F0, return_index=True)
    kept = often[np.sort(first)[:256]]
    nearest = np.concatenate([_gaps(part, kept).argmin(axis=1) for part in np.array_split(colors, 64)])
    indices = np.ascontiguousarray(nearest.astype(np.uint8)[where].reshape(found.shape))
    height, width = indices.shape
    made = QImage(indices.tobytes(), width, height, width, QImage.Format.Format_Indexed8).copy()
    made.setColorTable(kept.tolist())
    return made


def _gaps(colors: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How much each of some colours differs from each of others."""
    a, b = (np.stack([(c >> shift & 255).astype(np.int32) for shift in (16, 8, 0)], -1) for c in (colors, others))
    return np.asarray(((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2))


if __name__ == "__main__":
    _paint(Path(sys.argv[1]), int(sys.argv[2]))
