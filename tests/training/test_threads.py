"""The matrix library leaves a core to the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from gradstudio import files
from gradstudio.cli.check import check
from gradstudio.document.model import Document
from gradstudio.training.threads import cores, leave_a_core
from gradstudio.training.trainer import Trainer
from tests.training.networks import course_circuit, spiral


@pytest.fixture(autouse=True)
def unlimited() -> Iterator[None]:
    """As in a process that has just begun: BLAS may use more cores than there are."""
    leave_a_core.cache_clear()
    with threadpool_limits(cores() + 1, user_api="blas"):
        yield
    leave_a_core.cache_clear()
    leave_a_core()


def blas_threads() -> set[int]:
    """Threads of each BLAS library that is loaded."""
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def train(_folder: Path) -> None:
    """Make a trainer ready."""
    Trainer(spiral())


def check_a_file(folder: Path) -> None:
    """Check the gradients of a file."""
    document: Document = course_circuit()
    files.write(document, folder / "circuit.grad")
    check(folder / "circuit.grad")


@pytest.mark.parametrize("begin", [train, check_a_file])
def test_products_leave_a_core(begin: Callable[[Path], None], tmp_path: Path) -> None:
    """Whatever computes first, BLAS has all cores but one from then on, and at least one."""
    assert blas_threads() == {cores() + 1}
    begin(tmp_path)
    assert blas_threads() == {max(1, cores() - 1)}
