"""Ten scenes look as they were once found good: both themes, at 100 % and 200 %."""

import os
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage, QPainter

from tests.ui.pictures import painting
from tests.ui.pictures.compare import compare, complaint, marked
from tests.ui.pictures.painting import REFERENCE, SCALES, THEMES, file_of
from tests.ui.pictures.scenes import SCENES

NAMES = [file_of(scene, theme, scale) for scene in SCENES for theme in THEMES for scale in SCALES]
BY_HAND = file_of("circuit", "dark", 1)


@pytest.fixture(scope="session")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the pictures painted now; where one differs, what differs is kept there as well."""
    folder = tmp_path_factory.mktemp("pictures")
    painting.paint_all(folder)
    return folder


def kept(name: str) -> QImage:
    """A reference picture."""
    image = QImage(str(REFERENCE / name))
    assert not image.isNull(), f"there is no {name}: run `python -m scripts.make_reference_pictures`"
    return image


def altered(by, name: str = BY_HAND) -> QImage:
    """A reference picture after something was painted over it."""
    image = kept(name).convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(image)
    by(painter, image.copy())
    painter.end()
    return image


@pytest.mark.slow
def test_every_scene_looks_as_it_did(painted: Path) -> None:
    """What is painted now differs from no reference picture, but for how letters and lines are smoothed."""
    complaints = []
    for name in NAMES:
        found = QImage(str(painted / name))
        verdict = compare(kept(name), found)
        if not verdict.alike:
            shown = Path(os.environ.get("GRADSTUDIO_PICTURES", painted)) / f"differs-{name}"
            marked(kept(name), found, verdict).save(str(shown))
            complaints.append(complaint(name, verdict, shown))
    assert not complaints, "\n".join(complaints)


def test_there_are_ten_scenes_and_no_other_pictures() -> None:
    """Ten scenes in two themes at two scales are kept, nothing else, and they stay small."""
    assert len(SCENES) == 10
    assert sorted(NAMES) == sorted(file.name for file in REFERENCE.iterdir())
    assert sum(file.stat().st_size for file in REFERENCE.iterdir()) < 1_500_000


def _without_a_label(painter: QPainter, before: QImage) -> None:
    """The label 3 on the wire from q to f, painted over."""
    painter.fillRect(QRect(474, 176, 20, 24), before.pixelColor(500, 140))


def _shifted(painter: QPainter, before: QImage) -> None:
    """The node z, a grid step further down."""
    box = QRect(26, 284, 112, 90)
    painter.fillRect(box, before.pixelColor(500, 140))
    painter.drawImage(box.topLeft() + QPoint(0, 10), before, box)


def _recoloured(painter: QPainter, before: QImage) -> None:
    """The label 3 in the red of gradients, as if values and gradients were swapped."""
    for x in range(474, 494):
        for y in range(176, 200):
            color = before.pixelColor(x, y)
            painter.setPen(QColor(color.green(), color.red(), color.blue()))
            painter.drawPoint(x, y)


@pytest.mark.parametrize("change", [_without_a_label, _shifted, _recoloured])
def test_what_is_seen_to_be_wrong_is_found(change) -> None:
    """A missing label, a shifted node and a swapped colour each make a picture another one."""
    verdict = compare(kept(BY_HAND), altered(change))
    assert not verdict.alike
    assert verdict.where[2] > verdict.where[0]


def _smoother(painter: QPainter, before: QImage) -> None:
    """Every line a little thicker and softer."""
    painter.setOpacity(0.3)
    painter.drawImage(1, 0, before)


def _aside(painter: QPainter, before: QImage) -> None:
    """Everything a pixel further to the right and down."""
    painter.drawImage(1, 1, before)


@pytest.mark.parametrize("change", [_smoother, _aside])
def test_another_hand_of_letters_and_lines_is_the_same_picture(change) -> None:
    """What differs between two versions of Qt, smoothing and a pixel's place, makes no other picture."""
    for name in (BY_HAND, file_of("window", "light", 1)):
        verdict = compare(kept(name), altered(change, name))
        assert verdict.alike, complaint(name, verdict, Path())


def test_a_difference_says_where_to_look() -> None:
    """The sentence names the picture, the place, the file to look at and what to do if it is meant."""
    verdict = compare(kept(BY_HAND), altered(_shifted))
    said = complaint(BY_HAND, verdict, Path("there.png"))
    for part in (BY_HAND, str(verdict.where), "there.png", "scripts.make_reference_pictures"):
        assert part in said
    assert marked(kept(BY_HAND), altered(_shifted), verdict).height() > 2 * kept(BY_HAND).height()
