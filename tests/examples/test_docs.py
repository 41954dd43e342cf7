"""What the documentation says is so."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

import gradstudio.gates  # noqa: F401 - fills the catalogue
from gradstudio.cli.app import app
from gradstudio.engine.catalog import CATALOG
from gradstudio.testing import check_gate
from scripts import make_gates_page

LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def pages(checkout: Path) -> list[Path]:
    """Every page of documentation."""
    return [checkout / "README.md", checkout / "CHANGELOG.md", *sorted((checkout / "docs").rglob("*.md"))]


def test_links_lead_somewhere(checkout: Path) -> None:
    """Every relative link and picture of every page is there."""
    missing = [
        f"{page.name}: {link}"
        for page in pages(checkout)
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert missing == []


def test_the_gate_of_the_manual_works(checkout: Path, tmp_path: Path) -> None:
    """The gate in docs/adding-a-gate.md is complete as printed: it keeps the contract of all gates."""
    page = (checkout / "docs" / "adding-a-gate.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert code is not None
    (tmp_path / "manual.py").write_text(code[1], encoding="utf-8")
    runpy.run_path(str(tmp_path / "manual.py"))
    bump = CATALOG.get("bump")
    try:
        check_gate(bump)
    finally:
        CATALOG.unregister(bump)


def test_every_command_is_in_the_manual(checkout: Path) -> None:
    """docs/command-line.md has each command the program has."""
    page = (checkout / "docs" / "command-line.md").read_text(encoding="utf-8")
    names = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    assert [name for name in names if f"gradstudio {name}" not in page] == []


def test_the_page_of_gates_is_up_to_date(checkout: Path) -> None:
    """docs/gates.md is what scripts/make_gates_page.py makes of the catalogue."""
    assert (checkout / "docs" / "gates.md").read_text(encoding="utf-8") == make_gates_page.page()


@pytest.mark.parametrize("gate", [gate.title for gate in CATALOG])
def test_the_changelog_names_every_gate(checkout: Path, gate: str) -> None:
    """The list of gates in the changelog is complete."""
    text = (checkout / "CHANGELOG.md").read_text(encoding="utf-8").casefold()
    assert gate.casefold() in re.sub(r"\s+", " ", text)


BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
PRINTED = re.compile(r"(?:^ *print\(.*\)  |^)# (.*)$", re.MULTILINE)


@pytest.mark.slow
def test_the_engine_page_prints_what_it_says(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every block of docs/engine.md runs, after those before it, and prints the comments behind and below it."""
    blocks = BLOCK.findall((checkout / "docs" / "engine.md").read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    for i, block in enumerate(blocks):
        path = tmp_path / f"block_{i}.py"
        path.write_text(block, encoding="utf-8")
        names |= runpy.run_path(str(path), names)
        assert capsys.readouterr().out.splitlines() == PRINTED.findall(block), block
