"""The workloads as documents."""

from __future__ import annotations

import pytest

from benchmarks.documents import document
from benchmarks.engine.workloads import Network, make
from gradstudio.training.trainer import Trainer


@pytest.mark.parametrize("name", ["a", "b", "b64", "c", "d", "f", "g3"])
def test_a_document_trains_what_the_workload_says(name: str) -> None:
    """A workload's document is complete, has its parameters, batch, precision and optimiser, and makes a step."""
    workload = make(name)
    trainer = Trainer(document(workload, steps=2))
    assert trainer.compiled.unfinished is None
    assert len(list(trainer.run(2))) == 2
    if isinstance(workload, Network):
        assert trainer.plan.parameters.size == sum(start.size for start in workload.starts)
        assert trainer.plan.dtype == workload.dtype
        assert trainer.settings.optimizer == workload.optimizer
        assert trainer.plan.graph.nodes[0].shapes[0] == (workload.batch, *workload.sample)
    else:
        assert trainer.plan.parameters.size == len(workload.leaves)
        assert len(trainer.plan.graph.nodes) == len(workload.leaves) + len(workload.kinds)
