"""The design's acceptance test: one class makes a gate, everywhere in the studio."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from gradstudio import files
from gradstudio.document import commands
from gradstudio.document.model import Document
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Array, Category, Gate, Param, Port, Shape
from gradstudio.export.numpy_code import write_script
from gradstudio.testing import check_gate
from gradstudio.ui.shot import settle


class Softsign(Gate):
    """x / (s + |x|): a gate nobody else knows of."""

    id = "softsign"
    title = "Softsign"
    symbol = "ς"
    category = Category.ACTIVATION
    formula = r"z = \frac{x}{s + |x|}"
    help = "Squashes its input between −1 and 1, gently."
    rule = "Softsign scales: the upstream gradient × s/(s + |x|)²."
    inputs = (Port("x"),)
    params = MappingProxyType({"softness": Param("float", 1.0, "How slowly it saturates.", low=0.01)})
    numpy_forward = "{z} = {x} / ({softness} + np.abs({x}))"
    numpy_backward = "{dx} = {dz} * {softness} / ({softness} + np.abs({x})) ** 2"

    softness: float

    def shape(self, x: Shape) -> Shape:
        """That of x."""
        return x

    def forward(self, x: Array) -> Array:
        """The squashed input."""
        self.x = x
        return np.asarray(x / (self.softness + np.abs(x)))

    def backward(self, dz: Array) -> Array:
        """Local × upstream."""
        return np.asarray(dz * self.softness / (self.softness + np.abs(self.x)) ** 2)

    def curve(self, x: Array) -> tuple[Array, Array]:
        """Value and slope."""
        return self.forward(x), self.backward(np.ones_like(x))


def words(widget: QWidget) -> str:
    """All texts of a widget's labels and fields."""
    labels = [label.text() for label in widget.findChildren(QLabel)]
    return " ".join([*labels, *(field.text() for field in widget.findChildren(QLineEdit))])


def test_one_class_is_a_gate_everywhere(make_window, tmp_path: Path) -> None:
    """A gate class made at run time is in palette, canvas, inspector, activation, help, file and export."""
    with CATALOG.including(Softsign):
        check_gate(Softsign)
        document = Document()
        window = make_window(document, panels=True)
        studio = window.studio
        assert window.palette_.model.row_of("softsign") > 0

        patch, x = commands.add_node(document, "constant", 0, 0, params={"value": 3.0})
        studio.do(patch)
        patch, soft = commands.add_node(document, "softsign", 240, 0, params={"softness": 2.0})
        studio.do(patch)
        studio.do(commands.connect(document, x, "value", soft, "x"))
        studio.select([soft])
        settle(window)
        seen = studio.snapshot()
        assert seen.values[soft, "z"].scalar == pytest.approx(0.6)
        assert seen.gradients[x, "value"].scalar == pytest.approx(2 / 25)
        assert seen.activation.node == soft
        assert not window.canvas.node_rect(soft).isEmpty()

        shown = words(window.inspector)
        assert "gently" in shown
        assert "Softsign scales" in shown
        help_page = window.help.gates("softsign")
        assert "gently" in words(help_page)
        help_page.close()

        path = tmp_path / "soft.grad"
        files.write(document, path)
        assert files.read(path).nodes[soft].params == {"softness": 2.0}
        write_script(document, tmp_path / "soft.py", "soft")
        assert "np.abs" in (tmp_path / "soft.py").read_text()
        window.close_now()

    reopened = files.read(path)
    assert not reopened.nodes[soft].known
    assert reopened.nodes[soft].params == {"softness": 2.0}
