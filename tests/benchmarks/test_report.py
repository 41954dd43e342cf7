"""What the engine benchmark prints and writes."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.engine.report import BEGIN, END, digits, duration, markdown, rows, tables, write_page
from benchmarks.engine.rounds import Measured, Outcome
from benchmarks.engine.workloads import make

PEERS = ["gradstudio", "torch:eager", "jax", "floor"]


def outcome() -> Outcome:
    """Workload "a", measured in two rounds, JAX absent."""
    built = {"first_s": 0.5, "facts": {"compile_ms": 2.0}}
    times = {"gradstudio": [10.0, 12.0], "torch:eager": [200.0, 240.0], "floor": [5.0, 6.0]}
    measured = {peer: Measured(us, built, {"numpy": "2.4"}) for peer, us in times.items()}
    return Outcome(make("a"), measured, {"jax": "can't be installed"}, [])


def test_rows() -> None:
    """A row has workload, peer, median and the ratio to PyTorch eager; ours has the ratio to the floor too."""
    found = {row["peer"]: row for row in rows(outcome())}
    assert found.keys() == {"gradstudio", "torch:eager", "floor"}
    assert all({"workload", "peer", "median_us", "ratio"} <= row.keys() for row in found.values())
    ours = found["gradstudio"]
    assert (ours["workload"], ours["median_us"], ours["ratio"], ours["floor_ratio"]) == ("a", 11.0, 0.05, 2.0)
    assert found["torch:eager"]["ratio"] == 1.0
    assert found["floor"]["ratio"] == 0.025
    assert "floor_ratio" not in found["floor"]


@pytest.mark.parametrize("width", [120, 40])
def test_the_table_has_every_number(width: int) -> None:
    """At any width the table shows each time, how long ours takes relative to it, and a dash for who is absent."""
    console = Console(width=width, record=True, file=StringIO())
    console.print(*tables([outcome()], PEERS, console))
    text = console.export_text()
    assert all(cell in text for cell in (*PEERS, "11.0 µs", "220 µs × 0.0500", "5.50 µs × 2.00", "–"))


def test_the_page() -> None:
    """The page names machine, versions, every workload in words, and what is missing with the reason."""
    page = markdown([outcome()], PEERS, threads=1)
    assert "one thread" in page
    assert "numpy 2.4" in page
    assert "| a | XOR MLP 2-8-1" in page
    assert "- jax (a): can't be installed" in page


def test_a_page_keeps_what_stands_around_the_table(tmp_path: Path) -> None:
    """Only what stands between the two marks is replaced, again and again."""
    page = tmp_path / "performance.md"
    page.write_text(f"# Title\n\n{BEGIN}\nold\n{END}\n\nThe end.\n", encoding="utf-8")
    for text in ("new\n", "newer\n"):
        write_page(page, text)
    assert page.read_text(encoding="utf-8") == f"# Title\n\n{BEGIN}\nnewer\n{END}\n\nThe end.\n"


def test_a_page_of_its_own(tmp_path: Path) -> None:
    """Without marks the table is all there is on the page."""
    write_page(tmp_path / "table.md", "text\n")
    assert (tmp_path / "table.md").read_text(encoding="utf-8") == "text\n"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (0.00234, "0.00234"), (0.165, "0.165"), (1, "1.00"), (27.46, "27.5"), (928, "928"), (15471, "15471")],
)
def test_three_digits(number: float, text: str) -> None:
    """Numbers have three significant digits and no exponent."""
    assert digits(number) == text


@pytest.mark.parametrize(("us", "text"), [(6.04, "6.04 µs"), (1728, "1.73 ms"), (2.17e6, "2.17 s")])
def test_durations(us: float, text: str) -> None:
    """Times are told in the unit that fits."""
    assert duration(us) == text
