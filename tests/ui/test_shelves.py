"""The palette's shelves: what stands on them, how they are folded and opened, and that it is remembered."""

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Category, Gate
from gradstudio.ui.palette import Palette
from gradstudio.ui.preferences import Preferences
from gradstudio.ui.shelves import RECENT, Heading, More, Shelves, rows
from tests.ui.conftest import forget

LEFT = Qt.MouseButton.LeftButton
LECTURE = (
    "constant", "parameter", "labels", "spiral", "add", "subtract", "multiply", "divide", "max", "negate", "power",
    "exp", "log", "reciprocal", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "maxout", "dense",
    "softmax_cross_entropy", "svm_hinge", "mean_squared_error", "l2", "l1", "matmul", "sum", "mean",
)  # fmt: skip
"""What the course's circuits and networks are made of."""


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


def go_to(palette, title):
    """Make the first row of this title current."""
    palette.list.setFocus()
    palette.list.setCurrentIndex(palette.model.index(titles(palette).index(title)))


def click(palette, title):
    """Click the row of this title."""
    index = palette.model.index(titles(palette).index(title))
    palette.list.scrollTo(index)
    QTest.mouseClick(palette.list.viewport(), LEFT, pos=palette.list.visualRect(index).center())


def press(palette, key):
    """Press a key in the list."""
    QTest.keyClick(palette.list, key)


def current(palette):
    """The title of the current row."""
    return palette.list.currentIndex().data()


def test_what_the_course_needs_is_shown_at_once(palette) -> None:
    """Every gate of the course is on the palette without anything being opened, in one look at the first shelves."""
    hidden = [gate for gate in LECTURE if palette.model.row_of(gate) < 0]
    assert hidden == []
    assert palette.model.rowCount() < len(CATALOG) * 3 / 4


def test_shelves_come_in_a_learners_order() -> None:
    """Data, gates, activations, layers, losses and regularisers come before what is rarer; masks come last."""
    assert [shelf.value for shelf in Category] == [
        "Data", "Gates", "Activations", "Layers", "Losses", "Regularisers", "Linear algebra", "Reductions", "Shape",
        "Comparisons",
    ]  # fmt: skip
    masks = {gate.id for gate in CATALOG if gate.category is Category.COMPARISON}
    assert masks == {"where", "greater", "greater_equal", "less", "less_equal", "equal", "not_equal"}


def test_more_is_a_row_only_where_it_hides_something() -> None:
    """Each "More…" counts what it hides, at least two; a shelf without uncommon gates has none."""
    placed = rows(list(CATALOG), [], Shelves())
    hides = {shelf: row.count for shelf, row in placed if isinstance(row, More)}
    for shelf in Category:
        uncommon = sum(gate.category is shelf and not gate.common for gate in CATALOG)
        assert hides.get(shelf.name, 0) == uncommon
        assert uncommon != 1
    headings = {row.title: row.count for _, row in placed if isinstance(row, Heading)}
    assert sum(headings.values()) == len(CATALOG)


def test_a_single_uncommon_gate_is_not_hidden() -> None:
    """A row that would hide one gate isn't worth its place: the gate is shown."""

    class Rare(Gate):
        id, title, category, common = "rare_of_test", "Rare", Category.REGULARISER, False

    with CATALOG.including(Rare):
        placed = rows(list(CATALOG), [], Shelves())
        assert ("REGULARISER", Rare) in placed
        assert not any(shelf == "REGULARISER" and isinstance(row, More) for shelf, row in placed)


def test_a_click_on_a_heading_folds_its_shelf(palette) -> None:
    """The gates of the shelf go and nothing else; another click brings them back."""
    before = titles(palette)
    click(palette, "Gates")
    folded = titles(palette)
    start, end = before.index("Gates"), before.index("Activations")
    assert folded == before[: start + 1] + before[end:]
    click(palette, "Gates")
    assert titles(palette) == before


def test_a_click_on_more_shows_the_rest(palette) -> None:
    """The others come behind the common ones; "Fewer" hides them again."""
    before = titles(palette)
    click(palette, "More…")
    opened = titles(palette)
    first = before.index("More…")
    assert opened[:first] == before[:first]
    assert opened[first:][:2] == ["Dataset (numbers)", "Circles"]
    assert opened.count("Fewer") == 1
    click(palette, "Fewer")
    assert titles(palette) == before


def test_two_quick_clicks_on_more_add_no_gate(palette, qtbot) -> None:
    """A double click on "More…" doesn't choose the gate that comes to lie under the mouse."""
    index = palette.model.index(titles(palette).index("More…"))
    at = palette.list.visualRect(index).center()
    with qtbot.assertNotEmitted(palette.gateChosen):
        QTest.mouseClick(palette.list.viewport(), LEFT, pos=at)
        QTest.mouseDClick(palette.list.viewport(), LEFT, pos=at)
    assert titles(palette).count("Fewer") == 1


def test_left_and_right_fold_and_open_as_in_a_tree(palette) -> None:
    """Left goes to the heading and folds it; Right opens it and goes in; both keep the place."""
    go_to(palette, "Multiply")
    press(palette, Qt.Key.Key_Left)
    assert current(palette) == "Gates"
    press(palette, Qt.Key.Key_Left)
    assert (current(palette), "Multiply" in titles(palette)) == ("Gates", False)
    press(palette, Qt.Key.Key_Left)
    assert "Multiply" not in titles(palette)
    press(palette, Qt.Key.Key_Down)
    assert current(palette) == "Activations"
    press(palette, Qt.Key.Key_Up)
    press(palette, Qt.Key.Key_Right)
    assert (current(palette), "Multiply" in titles(palette)) == ("Gates", True)
    press(palette, Qt.Key.Key_Right)
    assert current(palette) == "Add"
    press(palette, Qt.Key.Key_Right)
    assert current(palette) == "Add"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_enter_and_space_open_more_and_headings(palette, qtbot, key) -> None:
    """On "More…" the first gate that was hidden becomes current; a heading folds; neither adds anything."""
    with qtbot.assertNotEmitted(palette.gateChosen):
        go_to(palette, "More…")
        press(palette, key)
        assert current(palette) == "Dataset (numbers)"
        go_to(palette, "Fewer")
        press(palette, Qt.Key.Key_Left)
        assert current(palette) == "More…"
        go_to(palette, "Layers")
        press(palette, key)
    assert (current(palette), "Dense" in titles(palette)) == ("Layers", False)


def test_folding_keeps_the_scroll_and_search_looks_into_folded_shelves(palette) -> None:
    """The list doesn't jump; what is searched is found wherever it stands, and folds are as before afterwards."""
    click(palette, "Losses")
    place = palette.list.verticalScrollBar().value()
    assert place > 0
    folded = titles(palette)
    QTest.keyClicks(palette.search, "huber")
    assert titles(palette) == ["Huber"]
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert titles(palette) == folded
    click(palette, "Losses")
    assert palette.list.verticalScrollBar().value() >= place


def test_the_menu_folds_and_opens_all(palette) -> None:
    """Four entries: fold all, unfold all, show all, show the common ones."""
    before = titles(palette)
    said = []
    for number in range(4):
        viewport, at = palette.list.viewport(), QPoint(20, 20)
        asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, viewport.mapToGlobal(at))
        QApplication.sendEvent(viewport, asked)
        (menu,) = palette.list.findChildren(QMenu, "palette.menu")
        actions = [action for action in menu.actions() if not action.isSeparator()]
        actions[number].trigger()
        menu.close()
        forget(menu)
        said.append(len(titles(palette)))
    assert said[0] == len(Category)
    assert said[1] == said[3] == len(before)
    assert said[2] == len(before) + sum(not gate.common for gate in CATALOG)


def test_what_is_folded_is_remembered(studio, tmp_path) -> None:
    """A palette made later, from the same settings, has the same shelves folded and the same ones full."""
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    first = Shelves(Preferences(store))
    first.fold(["DATA"], True)
    first.fill(["SHAPE", "LOSS"], True)
    store.sync()
    second = Shelves(Preferences(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)))
    assert [second.folded(name) for name in ("DATA", "LOSS")] == [True, False]
    assert [second.full(name) for name in ("SHAPE", "LOSS", "DATA")] == [True, True, False]
    second.fold(["DATA"], False)
    assert not Shelves(second._preferences).folded("DATA")


def test_the_window_remembers_its_palette(make_window) -> None:
    """A shelf folded in one window is folded in the next one with the same preferences."""
    preferences = Preferences()
    window = make_window(preferences=preferences)
    click(window.palette_, "Data")
    assert "Constant" not in titles(window.palette_)
    later = make_window(preferences=preferences)
    assert "Constant" not in titles(later.palette_)


def test_recent_gates_are_a_shelf_of_their_own(make_window) -> None:
    """They come first, however uncommon, and can be folded."""
    window = make_window()
    window.canvas.place_gate("gelu")
    palette = window.palette_
    assert titles(palette)[:2] == ["Recent", "GELU"]
    click(palette, "Recent")
    assert titles(palette)[:2] == ["Recent", "Data"]
    assert palette.shelves.folded(RECENT)


def test_help_shows_every_gate_and_goes_to_the_one_asked_for(make_window) -> None:
    """The help's palette has all shelves full; the gate asked for is current there."""
    window = make_window()
    help_page = window.help.gates("hard_sigmoid")
    listed = titles(help_page.palette_)
    assert {gate.title for gate in CATALOG} <= set(listed)
    assert help_page.palette_.list.currentIndex().data() == "Hard sigmoid"
    help_page.close()


def test_screen_readers_hear_what_is_folded(palette) -> None:
    """Headings tell how many gates they hold and whether they are folded, "More…" what it shows."""
    role = int(Qt.ItemDataRole.AccessibleTextRole)

    def said(title):
        return palette.model.index(titles(palette).index(title)).data(role)

    assert said("Losses") == "Losses, 6 gates"
    palette.shelves.fold(["LOSS"], True)
    assert said("Losses") == "Losses, 6 gates, folded"
    assert said("More…") == "Show 10 more gates"
    palette.shelves.fill(["ARITHMETIC"], True)
    assert said("Fewer") == "Hide 7 gates again"


def test_a_narrow_palette_is_painted_without_a_warning(palette) -> None:
    """Titles are shortened where there is no room; the tooltip has the whole."""
    palette.resize(90, 500)
    palette.shelves.fill([shelf.name for shelf in Category], True)
    assert not palette.grab().isNull()
    index = palette.model.index(palette.model.row_of("global_average_pool2d"))
    assert "GlobalAveragePool2D" in index.data(int(Qt.ItemDataRole.ToolTipRole))
