"""The palette shows every gate, finds it, and hands it over."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Category, Gate, Port
from gradstudio.ui.blocks import BLOCK_MIME
from gradstudio.ui.canvas.gestures.drop import GATE_MIME
from gradstudio.ui.fuzzy import score, search
from gradstudio.ui.palette import Palette
from gradstudio.ui.palette_paint import node_picture
from gradstudio.ui.theme import DARK, LIGHT
from tests.ui.conftest import forget


class Cube(Gate):
    """x³, made up here."""

    id = "cube_of_test"
    title = "Cube"
    symbol = "x³"
    category = Category.ARITHMETIC
    formula = r"z = x^3"
    help = "The third power."
    rule = "Cube scales by 3x²."
    inputs = (Port("x"),)

    def shape(self, x):
        return x

    def forward(self, x):
        self.x = x
        return x**3

    def backward(self, dz):
        return 3 * self.x**2 * dz


@pytest.fixture
def palette(studio):
    """A shown palette."""
    made = Palette(studio())
    made.resize(200, 700)
    made.show()
    yield made
    made.close_down()
    forget(made)


def titles(palette):
    """What the rows say."""
    return [palette.model.index(i).data() for i in range(palette.model.rowCount())]


def type_in(palette, text):
    """Type into the search field."""
    QTest.keyClicks(palette.search, text)


def test_every_gate_is_there_under_its_shelf(palette) -> None:
    """With everything open, headings come in the order of the categories, each followed by all of its gates."""
    palette.shelves.fill([shelf.name for shelf in Category], True)
    shelves: dict[str, list[str]] = {shelf.value: [] for shelf in Category}
    on_shelf: list[str] = []
    for row in titles(palette):
        if row in shelves:
            on_shelf = shelves[row]
        elif row != "Fewer":
            on_shelf.append(row)
    assert list(shelves) == [row for row in titles(palette) if row in shelves]
    for shelf in Category:
        assert set(shelves[shelf.value]) == {gate.title for gate in CATALOG if gate.category is shelf}
    assert sum(map(len, shelves.values())) == len(CATALOG)


def test_a_gate_class_added_at_run_time_appears_and_goes(palette) -> None:
    """The palette follows the catalogue."""
    assert "Cube" not in titles(palette)
    with CATALOG.including(Cube):
        assert "Cube" in titles(palette)
        assert palette.model.row_of(Cube.id) > 0
        assert not palette.grab().isNull()
    assert "Cube" not in titles(palette)


def test_search_finds_by_title_symbol_id_keyword_and_help(palette) -> None:
    """Every word must be found somewhere; the best answer comes first."""
    gates = list(CATALOG)
    best = {"relu": "ReLU", "×": "Multiply", "logistic": "Sigmoid", "mean sq": "Mean squared error", "σ": "Sigmoid"}
    for query, title in best.items():
        assert search(query, gates)[0].title == title, query
    assert search("weight decay", gates)[0].title == "L2"
    assert "Leaky ReLU" in [g.title for g in search("lkrelu", gates)]
    assert search("no such thing", gates) == []
    assert score("relu zebra", CATALOG.get("relu")) == 0


def test_typing_filters_and_escape_shows_everything_again(palette) -> None:
    """The list follows the field; where nothing fits it says so."""
    everything = titles(palette)
    type_in(palette, "relu")
    assert titles(palette)[:2] == ["ReLU", "Leaky ReLU"]
    type_in(palette, "zzz")
    assert titles(palette) == []
    assert "reluzzz" in palette._nothing.text()
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert titles(palette) == everything
    assert not palette._nothing.isVisible()


def test_enter_in_the_field_adds_the_best_answer(palette, qtbot) -> None:
    """Typing and Enter is all it takes; an empty field adds nothing."""
    with qtbot.assertNotEmitted(palette.gateChosen):
        QTest.keyClick(palette.search, Qt.Key.Key_Return)
    type_in(palette, "tanh")
    with qtbot.waitSignal(palette.gateChosen) as chosen:
        QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert chosen.args == ["tanh"]


def test_the_list_is_walked_by_keys(palette, qtbot) -> None:
    """Down enters the list at a gate and walks on, Enter adds, letters search, Up at the top returns."""
    palette.search.setFocus()
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.model.gate(palette.list.currentIndex()) is next(iter(CATALOG))
    while palette.list.currentIndex().row() < 5:
        QTest.keyClick(palette.list, Qt.Key.Key_Down)
    while palette.model.gate(palette.list.currentIndex()) is None:
        QTest.keyClick(palette.list, Qt.Key.Key_Down)
    chosen_gate = palette.model.gate(palette.list.currentIndex())
    assert chosen_gate is not None
    with qtbot.waitSignal(palette.gateChosen) as chosen:
        QTest.keyClick(palette.list, Qt.Key.Key_Return)
    assert chosen.args == [chosen_gate.id]
    QTest.keyClick(palette.list, Qt.Key.Key_T)
    assert palette.search.text() == "t"
    palette.search.clear()
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    QTest.keyClick(palette.list, Qt.Key.Key_Up)
    QTest.keyClick(palette.list, Qt.Key.Key_Up)
    assert palette.search.hasFocus() or QApplication.focusWidget() is palette.search


def test_a_double_click_adds(palette, qtbot) -> None:
    """Double click on a gate chooses it, on a heading nothing."""
    index = palette.model.index(palette.model.row_of("add"))
    centre = palette.list.visualRect(index).center()
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    with qtbot.waitSignal(palette.gateChosen) as chosen:
        QTest.mouseDClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert chosen.args == ["add"]


def test_a_drag_carries_the_gates_id(palette) -> None:
    """The mime data of a row is the id as utf-8; a heading carries nothing."""
    index = palette.model.index(palette.model.row_of("relu"))
    data = palette.model.mimeData([index])
    assert bytes(data.data(GATE_MIME).data()) == b"relu"
    assert palette.model.mimeTypes() == [GATE_MIME, BLOCK_MIME]
    assert not palette.model.mimeData([palette.model.index(0)]).hasFormat(GATE_MIME)
    assert not palette.model.flags(palette.model.index(0)) & Qt.ItemFlag.ItemIsDragEnabled


def test_tooltips_tell_help_and_rule(palette) -> None:
    """Hovering a gate explains it."""
    index = palette.model.index(palette.model.row_of("multiply"))
    centre = palette.list.visualRect(index).center()
    help_event = QHelpEvent(QEvent.Type.ToolTip, centre, palette.list.viewport().mapToGlobal(centre))
    QApplication.sendEvent(palette.list.viewport(), help_event)
    shown = QToolTip.text()
    QToolTip.hideText()
    assert CATALOG.get("multiply").help in shown
    assert "switches" in shown


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_picture_under_the_cursor_is_drawn_in_the_gates_colour(qapp, theme) -> None:
    """It is sharp on any screen and shows the category's colour."""
    gate = CATALOG.get("relu")
    picture = node_picture(gate, theme, 2.0)
    assert picture.devicePixelRatio() == 2.0
    seen = picture.toImage().pixelColor(QPoint(4, 24))
    assert abs(seen.hslHueF() - theme.shelf(gate.category).hslHueF()) < 0.05


def test_a_palette_in_the_window_adds_in_the_middle_of_the_view(make_window, hand) -> None:
    """A gate chosen by keyboard lands in the middle of the canvas and is selected."""
    window = make_window()
    hand(window).key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert window.palette_.search.hasFocus()
    QTest.keyClicks(window.palette_.search, "sigmoid")
    QTest.keyClick(window.palette_.search, Qt.Key.Key_Return)
    (node,) = window.studio.document.nodes.values()
    assert node.gate == "sigmoid"
    assert window.studio.selection() == ((node.id,), ())
    middle = window.canvas.visible_area().center()
    assert window.canvas.node_rect(node.id).adjusted(-60, -60, 60, 60).contains(middle)
