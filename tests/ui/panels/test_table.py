"""The table twin of the canvas."""

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from gradstudio.document import commands
from gradstudio.document.model import Document
from gradstudio.ui import going
from gradstudio.ui.canvas.figures import gradient_text, value_text
from gradstudio.ui.panels import TablePanel
from gradstudio.ui.panels.table_model import Column, TableModel
from gradstudio.ui.style import apply
from gradstudio.ui.theme import DARK, LIGHT
from tests.ui.panels.test_panels import colors

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


def cell(panel, name, column):
    """What a cell of a node says."""
    node = panel.studio.document.named(name)
    return panel.model.index(panel.model.row_of(node.id), column).data()


def names(panel):
    """The names from top to bottom."""
    return [panel.model.index(row, Column.NAME).data() for row in range(panel.model.rowCount())]


def stand_on(panel, name, column=Column.NAME):
    """Make a cell the present one and select its row."""
    index = panel.model.index(panel.model.row_of(panel.studio.document.named(name).id), column)
    panel.view.setFocus()
    panel.view.setCurrentIndex(index)
    return index


def type_over(panel, text):
    """F2, type, Enter."""
    QTest.keyClick(panel.view, Qt.Key.Key_F2)
    editor = panel.view.viewport().findChild(QLineEdit)
    assert editor is not None, "nothing is edited"
    editor.selectAll()
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()


@pytest.fixture
def opened(make_window, hand):
    """Makes a window whose table is open and has the keyboard; gives the window and the panel."""

    def make(document):
        window = make_window(document)
        panel = going.to_dock(window, "table")
        hand(window).settle()
        return window, panel

    return make


def test_one_row_a_node_sources_first(show):
    """Every node has a row, and stands below all that feed it."""
    panel = show(TablePanel)
    document = panel.studio.document
    assert sorted(panel.model.order) == sorted(document.nodes)
    for wire in document.wires.values():
        assert panel.model.row_of(wire.source) < panel.model.row_of(wire.target)


def test_cells_tell_gate_params_inputs_and_shape(show):
    """A row tells what the node is, its parameters, what feeds it port by port, and its shape."""
    panel = show(TablePanel)
    assert cell(panel, "hidden", Column.GATE) == "Dense"
    assert cell(panel, "hidden", Column.PARAMS).startswith("units 100, bias yes")
    assert cell(panel, "hidden", Column.INPUTS) == "x from spiral.X"
    assert cell(panel, "relu", Column.INPUTS) == "x from hidden"
    assert "from hidden.W" in cell(panel, "reg_loss", Column.INPUTS)
    assert cell(panel, "relu", Column.SHAPE) == "300×100"
    assert cell(panel, "hidden", Column.SHAPE) == "z 300×100   W 2×100   b 100"


def test_numbers_are_the_snapshots(show):
    """Value and gradient are those that were computed, written as on the wires."""
    panel = show(TablePanel, "product")
    snapshot, document = panel.studio.snapshot(), panel.studio.document
    for node in document.nodes.values():
        port = node.kind.outputs[0].name
        assert cell(panel, node.name, Column.VALUE) == value_text(snapshot.values[node.id, port], "x")
        assert cell(panel, node.name, Column.GRADIENT) == gradient_text(snapshot.gradients[node.id, port])


def test_every_output_of_a_node_is_told(show):
    """A layer's row has shape, value and gradient of what it computes and of its weights, each by its name."""
    panel = show(TablePanel)
    document = panel.studio.document
    layer = next(node for node in document.nodes.values() if node.gate == "dense")
    ports = [port.name for port in layer.output_ports()]
    assert ports == ["z", "W", "b"]
    known = panel.studio.snapshot().values
    for column in (Column.SHAPE, Column.VALUE, Column.GRADIENT):
        said = cell(panel, layer.name, column).split("   ")
        assert [part.split()[0] for part in said] == ports, column
    assert f"W ‖·‖ {known[layer.id, 'W'].norm:.3g}" in cell(panel, layer.name, Column.VALUE)


def test_numbers_of_another_network_are_not_shown(show, wait):
    """After an edit the cells are empty until the new numbers are there."""
    panel = show(TablePanel)
    document = panel.studio.document
    hidden = document.named("hidden").id
    assert cell(panel, "hidden", Column.GRADIENT)
    panel.studio.do(commands.set_param(document, [hidden], "bias", False))
    assert cell(panel, "hidden", Column.VALUE) == cell(panel, "hidden", Column.GRADIENT) == ""
    wait(panel.studio)
    assert cell(panel, "hidden", Column.GRADIENT)


def test_f2_renames(opened):
    """F2 in the name's cell renames the node on the table, not on the canvas, as one step."""
    window, panel = opened("product")
    stand_on(panel, "x")
    type_over(panel, "first")
    assert window.studio.document.named("first") is not None
    window.studio.undo()
    assert names(panel).count("x") == 1


def test_f2_changes_a_value(opened):
    """A source's number is edited in its value's cell, and the numbers after it follow."""
    window, panel = opened("product")
    x = window.studio.document.named("x").id
    stand_on(panel, "x", Column.VALUE)
    type_over(panel, "7.5")
    assert float(window.studio.document.nodes[x].params["value"]) == 7.5
    window.studio.undo()
    assert float(window.studio.document.nodes[x].params["value"]) != 7.5


def test_f2_changes_params(opened):
    """Parameters are edited as one line, and taken back as one step."""
    window, panel = opened("spiral")
    stand_on(panel, "hidden", Column.PARAMS)
    type_over(panel, "units 12, bias no")
    params = window.studio.document.named("hidden").params
    assert (params["units"], params["bias"]) == (12, False)
    window.studio.undo()
    assert window.studio.document.named("hidden").params["units"] == 100


def test_a_refusal_is_told_and_changes_nothing(show):
    """What can't be is said in a sentence; the cell stays as it was."""
    panel = show(TablePanel, "product")
    said: list[str] = []
    panel.studio.messageShown.connect(said.append)
    stand_on(panel, "x")
    type_over(panel, "y")
    assert "y" in said[-1]
    assert names(panel).count("y") == 1
    assert not panel.studio.history.can_undo


def test_what_cannot_be_typed_is_not_edited(show):
    """Gate, inputs, shape, gradient and a computed value can't be edited; a name always can."""
    panel = show(TablePanel, "product")
    f = panel.model.row_of(panel.studio.document.named("f").id)
    can = [bool(panel.model.index(f, column).flags() & Qt.ItemFlag.ItemIsEditable) for column in Column]
    assert can == [True, False, False, False, False, False, False]


def test_selecting_here_selects_on_the_canvas(opened):
    """A click, and Shift with an arrow key, select nodes."""
    window, panel = opened("product")
    first = panel.model.index(0, 0)
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, NONE, panel.view.visualRect(first).center())
    assert window.studio.selection()[0] == panel.model.order[:1]
    QTest.keyClick(panel.view, Qt.Key.Key_Down, SHIFT)
    assert sorted(window.studio.selection()[0]) == sorted(panel.model.order[:2])


def test_selecting_on_the_canvas_selects_here(opened):
    """What is selected elsewhere is selected here, and its first row is scrolled to."""
    window, panel = opened("micrograd")
    chosen = (panel.model.order[-1], panel.model.order[2], panel.model.order[3])
    window.studio.select(chosen)
    rows = {index.row() for index in panel.view.selectionModel().selectedRows()}
    assert rows == {2, 3, len(panel.model.order) - 1}
    window.studio.select((panel.model.order[-1],))
    last = panel.view.visualRect(panel.view.currentIndex())
    assert panel.view.viewport().rect().intersects(last)
    assert panel.view.currentIndex().row() == len(panel.model.order) - 1
    window.studio.select()
    assert not panel.view.selectionModel().hasSelection()


def test_delete_deletes_the_node(opened):
    """Delete deletes the selected nodes; the keyboard stays in the table, undo brings them back."""
    window, panel = opened("product")
    x = stand_on(panel, "x")
    assert x.row() >= 0
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert window.studio.document.named("x") is None
    assert "x" not in names(panel)
    assert panel.view.hasFocus()
    assert panel.view.currentIndex().isValid()
    window.studio.undo()
    assert "x" in names(panel)


def test_enter_goes_to_the_node(opened):
    """Enter brings the node to the middle of the canvas and gives the canvas the keyboard."""
    window, panel = opened("spiral")
    stand_on(panel, "reg_loss", Column.PARAMS)
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    node = window.studio.document.named("reg_loss").id
    assert window.studio.selection()[0] == (node,)
    middle = window.canvas.to_view(window.canvas.node_rect(node).center()).toPoint()
    assert (middle - window.canvas.rect().center()).manhattanLength() < 6
    assert window.canvas.hasFocus()


def test_the_present_cell_stays_at_its_node(show):
    """A node that comes above doesn't move the person to another row."""
    panel = show(TablePanel, "product")
    stand_on(panel, "f", Column.SHAPE)
    panel.studio.do(commands.add_node(panel.studio.document, "constant", 0, 0)[0])
    here = panel.view.currentIndex()
    assert (panel.model.order[here.row()], here.column()) == (panel.studio.document.named("f").id, Column.SHAPE)


def test_new_numbers_leave_what_is_typed(show, wait):
    """While training goes on, what somebody types into a cell stays."""
    panel = show(TablePanel)
    stand_on(panel, "hidden", Column.PARAMS)
    QTest.keyClick(panel.view, Qt.Key.Key_F2)
    editor = panel.view.viewport().findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "units 5")
    panel.studio.refresh()
    wait(panel.studio)
    panel.studio.snapshotTaken.emit(panel.studio.snapshot())
    panel.model.tell()
    assert editor.text() == "units 5"


class CountingModel(TableModel):
    """A model that knows which rows were read."""

    def __init__(self, studio):
        super().__init__(studio)
        self.read = set()

    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        """Note the row."""
        self.read.add(index.row())
        return super().data(index, role)


def test_of_thousands_of_rows_only_the_visible_ones_are_read(show):
    """New numbers make the table read the rows in view, and no others."""
    document = Document()
    for i in range(3000):
        document.apply(commands.add_node(document, "constant", 0, 100 * i)[0])
    panel = show(TablePanel, document)
    model = CountingModel(panel.studio)
    model.follow()
    panel.view.setModel(model)
    panel.view.viewport().grab()
    model.read.clear()
    model.tell()
    panel.view.viewport().grab()
    assert 3 < len(model.read) < 40
    panel.view.setModel(panel.model)


def test_why_there_is_no_value(show):
    """Where nothing is computed the tooltip of the value, and the screen reader, say why."""
    document = Document()
    document.apply(commands.add_node(document, "negate", 0, 0, name="f")[0])
    panel = show(TablePanel, document)
    value = panel.model.index(0, Column.VALUE)
    assert value.data() == ""
    sentence = "“f”: its input x isn't connected. Wire an output to it."
    assert value.data(Qt.ItemDataRole.ToolTipRole) == sentence
    assert value.data(Qt.ItemDataRole.AccessibleTextRole) == f"Value: {sentence}"


def test_screen_readers_find_a_table(show):
    """Qt's accessibility sees a table with headers, and each cell says its column and what is in it."""
    panel = show(TablePanel, "product")
    assert panel.accessibleName() == panel.title == "Table"
    assert panel.whatsThis().endswith(".")
    table = QAccessible.queryAccessibleInterface(panel.view)
    assert table.role() is QAccessible.Role.Table
    assert panel.view.accessibleName() == "Nodes of the network"
    titles = [panel.model.headerData(column, Qt.Orientation.Horizontal) for column in Column]
    assert titles == ["Name", "Gate", "Parameters", "Inputs", "Shape", "Value", "Gradient"]
    row = panel.model.row_of(panel.studio.document.named("f").id)
    said = [panel.model.index(row, column).data(Qt.ItemDataRole.AccessibleTextRole) for column in Column]
    assert said[0] == "Name: f"
    assert said[Column.PARAMS] == "Parameters: none"
    assert said[Column.VALUE].startswith("Value: ")
    assert panel.model.headerData(row, Qt.Orientation.Vertical) == "f"


def test_an_empty_network_says_what_to_do(show):
    """Without a node the panel says how to begin."""
    panel = show(TablePanel, Document())
    assert panel.pages.currentWidget() is panel.notice
    assert panel.notice.heading.text() == "No network yet"


def test_the_action_opens_the_table(make_window):
    """The View menu has an action that opens the table and goes to it; nothing is made before."""
    window = make_window("product")
    assert not window.docks["table"].loaded
    window.actions_by_id["table"].trigger()
    assert window.docks["table"].widget().view.hasFocus()


def test_both_themes(show, qapp):
    """Rows have the theme's colours, and follow when it changes."""
    panel = show(TablePanel, "product")
    panel.view.selectionModel().select(
        panel.model.index(0, 0), QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    )
    for theme in (DARK, LIGHT):
        apply(qapp, theme)
        panel.studio.set_theme(theme)
        assert {theme.selection_fill, theme.panel} <= colors(panel)
