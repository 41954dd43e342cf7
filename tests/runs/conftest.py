"""What tests of runs share: a folder for them, and networks that were trained."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gradstudio.document.commands import set_training
from gradstudio.document.model import Document
from gradstudio.runs import Run, Store
from gradstudio.training.trainer import Trainer
from tests.training.networks import spiral


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A folder without runs."""
    return Store(tmp_path / "net.runs")


@pytest.fixture
def trained() -> Callable[..., tuple[Run, Document]]:
    """Trains a small network, and tells the run and what it left."""

    def train(steps: int = 5, **settings: object) -> tuple[Run, Document]:
        document = spiral(4, **settings)
        trainer = Trainer(document)
        list(trainer.run(steps))
        document.apply(set_training(document, trainer.training(), "Train"))
        run = Run(began=1.7e9, seconds=0.5, step=steps, goal=steps, settings=document.settings)
        return run.with_result(document.training.history), document

    return train
