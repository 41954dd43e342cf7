"""The list of what keeps nodes from being computed, in the window it belongs to."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradstudio.document import commands
from gradstudio.document.marking import set_muted
from gradstudio.document.model import Document, Patch
from gradstudio.ui import going
from gradstudio.ui.panels import ProblemsPanel
from gradstudio.ui.style import apply
from gradstudio.ui.theme import DARK, LIGHT
from tests.ui.panels.test_panels import colors

CTRL = Qt.KeyboardModifier.ControlModifier


def build(*nodes):
    """A network of these nodes: (gate, name, x)."""
    document = Document()
    for gate, name, x in nodes:
        document.apply(commands.add_node(document, gate, x, 0, name=name)[0])
    return document


def unfinished():
    """A network in which f lacks its input, and x is free."""
    return build(("constant", "x", -100), ("negate", "f", 0))


def rows(panel):
    """The rows as they are read."""
    return [panel.model.index(row).data() for row in range(panel.model.rowCount())]


@pytest.fixture
def opened(make_window):
    """Makes a window whose list of problems is open; gives the window and the panel."""

    def make(document):
        window = make_window(document)
        panel = going.to_dock(window, "problems")
        QApplication.processEvents()
        return window, panel

    return make


def test_every_problem_is_a_row(show):
    """One row for each node that can't be computed, in the sentence its badge has; nodes that wait have none."""
    panel = show(ProblemsPanel, build(("negate", "first", 0), ("add", "second", 100)))
    assert rows(panel) == [
        "“first”: its input x isn't connected. Wire an output to it.",
        "“second”: its inputs x and y aren't connected. Wire outputs to them.",
    ]
    assert panel.accessibleDescription() == "2 nodes can't be computed."


def test_it_follows_every_edit(show):
    """A wire takes the row away, undo brings it back; without rows the panel says that all is well."""
    panel = show(ProblemsPanel, unfinished())
    document = panel.studio.document
    x, f = document.named("x").id, document.named("f").id
    panel.studio.do(commands.connect(document, x, "value", f, "x"))
    assert rows(panel) == []
    assert panel.pages.currentWidget() is panel.notice
    assert panel.notice.heading.text() == "No problems"
    panel.studio.undo()
    assert len(rows(panel)) == 1
    assert panel.pages.currentWidget() is panel.body


def test_a_new_name_is_seen_at_once(show):
    """A renamed node is called so in its row."""
    panel = show(ProblemsPanel, unfinished())
    document = panel.studio.document
    panel.studio.do(commands.rename(document, document.named("f").id, "result"))
    assert rows(panel)[0].startswith("“result”")


def test_the_present_row_stays_at_its_node(show):
    """A problem that comes or goes above doesn't move the person to another node."""
    panel = show(ProblemsPanel, build(("negate", "a", 0), ("negate", "b", 100), ("constant", "x", -500)))
    panel.list.setCurrentIndex(panel.model.index(1))
    document = panel.studio.document
    panel.studio.do(commands.connect(document, document.named("x").id, "value", document.named("a").id, "x"))
    assert panel.present().node == document.named("b").id


def test_enter_goes_to_the_node(opened):
    """Enter selects the node, brings it to the middle of the canvas, and puts the keyboard there."""
    window, panel = opened(build(("negate", "near", 0), ("negate", "far", 9000)))
    far = window.studio.document.named("far").id
    QTest.keyClick(panel.list, Qt.Key.Key_Down)
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert window.studio.selection()[0] == (far,)
    middle = window.canvas.to_view(window.canvas.node_rect(far).center())
    assert (middle.toPoint() - window.canvas.rect().center()).manhattanLength() < 6
    assert window.canvas.hasFocus()


def test_double_click_goes_to_the_node(opened):
    """So does a double click."""
    window, panel = opened(build(("negate", "near", 0), ("negate", "far", 9000)))
    at = panel.list.visualRect(panel.model.index(1)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert window.studio.selection()[0] == (window.studio.document.named("far").id,)


def test_the_obvious_wire_is_made_by_a_click(opened):
    """Where one free output fits, a button names the wire and makes it, as one step."""
    window, panel = opened(unfinished())
    assert panel.fix.text() == "Connect x.value → f.x"
    QTest.mouseClick(panel.fix, Qt.MouseButton.LeftButton)
    (wire,) = window.studio.document.wires.values()
    assert (wire.output, wire.input) == ("value", "x")
    window.studio.undo()
    assert not window.studio.document.wires


def test_the_obvious_wire_is_made_by_a_key(opened):
    """Ctrl+Enter does what the button does."""
    window, panel = opened(unfinished())
    QTest.keyClick(panel.list, Qt.Key.Key_Return, CTRL)
    assert len(window.studio.document.wires) == 1
    assert not window.canvas.hasFocus()


def test_a_muted_node_is_unmuted(opened):
    """A muted node that has nothing to pass on is offered to compute again."""
    document = unfinished()
    f = document.named("f").id
    document.apply(set_muted(document, [f], True))
    window, panel = opened(document)
    assert panel.fix.text() == "Unmute f"
    QTest.mouseClick(panel.fix, Qt.MouseButton.LeftButton)
    assert not window.studio.document.nodes[f].muted


def test_a_refused_param_is_gone_to(opened):
    """For a param that is refused the button goes to its field in the inspector."""
    document = build(("dense", "dense", 0))
    node = document.named("dense")
    document.apply(going_wrong(node))
    window, panel = opened(document)
    assert panel.fix.text() == "Change units"
    QTest.mouseClick(panel.fix, Qt.MouseButton.LeftButton)
    assert window.inspector.page.form.fields["units"].editor.hasFocus()


def going_wrong(node):
    """What only a file can hold: a param its gate refuses."""
    return Patch("Break", {node.id: replace(node, params={"units": -1})})


def test_where_nothing_is_obvious_nothing_is_offered(show):
    """No button, and Ctrl+Enter does nothing, where two outputs are as near."""
    panel = show(ProblemsPanel, build(("constant", "x", -100), ("constant", "y", 100), ("negate", "f", 0)))
    assert panel.fix.isHidden()
    QTest.keyClick(panel.list, Qt.Key.Key_Return, CTRL)
    assert not panel.studio.document.wires


def test_the_menu_offers_the_same(opened):
    """The context menu of a row goes to the node or puts it right."""
    window, panel = opened(unfinished())
    at = panel.list.visualRect(panel.model.index(0)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, panel.list.viewport().mapToGlobal(at))
    QApplication.sendEvent(panel.list.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    texts = [action.text() for action in menu.actions()]
    assert texts == ["Go to node", "Connect x.value → f.x"]
    menu.actions()[1].trigger()
    menu.close()
    assert len(window.studio.document.wires) == 1


def test_the_status_bar_counts_and_opens_the_list(make_window):
    """The count follows the edits, goes where there are no problems, and opens the list by click and by key."""
    window = make_window(unfinished())
    button = window.status.problems
    assert (button.text(), button.accessibleName()) == ("1 problem", "1 problem")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert window.docks["problems"].isVisible()
    assert window.docks["problems"].widget().list.hasFocus()
    QTest.keyClick(window.docks["problems"].widget().list, Qt.Key.Key_Return, CTRL)
    assert button.isHidden()
    window.studio.undo()
    assert not button.isHidden()
    window.studio.do(commands.add_node(window.studio.document, "add", 50, 50)[0])
    assert button.text() == "2 problems"


def test_the_action_opens_the_list(make_window):
    """The View menu has an action that opens the list and goes to it."""
    window = make_window(unfinished())
    action: QAction = window.actions_by_id["problems"]
    action.trigger()
    assert window.docks["problems"].widget().list.hasFocus()


def test_screen_readers_hear_wrong_from_unfinished(show):
    """A row says whether a node is wrong or merely unfinished, as its mark shows."""
    panel = show(ProblemsPanel, unfinished())
    said = panel.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("Unfinished: “f”")
    document = build(("dense", "dense", 0))
    document.apply(going_wrong(document.named("dense")))
    panel = show(ProblemsPanel, document)
    assert panel.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole).startswith("Wrong: “dense”")


def test_names_and_help(show):
    """The panel and its list have names and a sentence of help."""
    panel = show(ProblemsPanel, unfinished())
    assert panel.accessibleName() == panel.title == "Problems"
    assert panel.list.accessibleName() == "Problems"
    assert panel.whatsThis().endswith(".")


def test_both_themes(show, qapp):
    """The marks have the theme's colour of warning, and follow when it changes."""
    panel = show(ProblemsPanel, unfinished())
    for theme in (DARK, LIGHT):
        apply(qapp, theme)
        panel.studio.set_theme(theme)
        found = colors(panel)
        assert theme.warning in found
        assert theme.selection_fill in found


def test_long_names_make_no_panel_wider(show):
    """The button's words are cut in the middle where there is no room, and whole in its tooltip."""
    document = build(("constant", "x" * 60, -100), ("negate", "f", 0))
    panel = show(ProblemsPanel, document, size=(320, 200))
    assert panel.minimumSizeHint().width() <= 320
    words = f"Connect {'x' * 60}.value → f.x"
    assert panel.fix.text() == words
    assert words in panel.fix.toolTip()
    assert "…" in panel.fix.shown()
    panel.resize(900, 200)
    QApplication.processEvents()
    assert panel.fix.shown() == words
