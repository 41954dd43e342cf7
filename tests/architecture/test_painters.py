"""An error while something is painted must not end the interpreter."""

import ast
from pathlib import Path


def outside_with(source: str) -> list[int]:
    """The lines where a painter begins on a device outside the head of a `with`."""
    tree = ast.parse(source)
    heads = {id(item.context_expr) for node in ast.walk(tree) if isinstance(node, ast.With) for item in node.items}
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "QPainter"
        and node.args
        and id(node) not in heads
    ]


def test_every_painter_ends_with_its_block(checkout: Path) -> None:
    """Painters begin in a `with`: one that an error leaves open outlives its device, and Qt ends the process then."""
    files = sorted((checkout / "gradstudio" / "ui").rglob("*.py"))
    found = [f"{path.name}:{line}" for path in files for line in outside_with(path.read_text(encoding="utf-8"))]
    assert found == []


def test_a_painter_outside_is_found() -> None:
    """The rule sees what it forbids, and only that."""
    assert outside_with("painter = QPainter(self)\nwith QPainter(self) as other:\n    QPainter.drawLine\n") == [1]
