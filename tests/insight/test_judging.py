"""A network judged by the rows it learned from and by those held back: each number is what the engine computes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from gradstudio.data.samples import Blocks
from gradstudio.document.model import Document, Patch
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import GraphError
from gradstudio.engine.gate import Category
from gradstudio.insight import judging
from gradstudio.insight.answer import Answer
from gradstudio.insight.judging import Judged, JudgeLook, costs, some_of, total
from gradstudio.insight.sample import SampleLook
from gradstudio.training.looks import Scene, Unfinished
from gradstudio.training.metrics import ClassScore, NumberScore, macro, per_class, ranks, score_classes
from gradstudio.training.session import Session
from gradstudio.training.snapshot import Watch
from gradstudio.training.trainer import Trainer
from tests.insight.classifiers import answered, diabetes, digits
from tests.training.networks import spiral


@pytest.fixture(autouse=True)
def _data() -> Iterator[None]:
    """Data nodes are answered."""
    with answered():
        yield


def scene_of(document: Document, steps: int = 0) -> tuple[Trainer, Scene]:
    """A network after some steps, and after both passes."""
    trainer = Trainer(document)
    for _ in trainer.run(steps):
        pass
    trainer.evaluate()
    return trainer, Scene(trainer.plan, trainer.compiled, document, trainer.step, lambda: False)


def judged(look: JudgeLook, scene: Scene) -> Judged:
    """What a look sees once it is finished."""
    seen: object = None
    for _ in range(10_000):
        seen = look.see(scene)
        if isinstance(seen, Judged):
            return seen
    raise AssertionError(seen)


def kept(trainer: Trainer, document: Document, part: str) -> Document:
    """The trained network over another part of its data."""
    made = document.copy()
    node = next(n for n in made.nodes.values() if n.params.get("record"))
    other = replace(node, params={**node.params, "part": part})
    made.apply(Patch("Part", {node.id: other}, training=trainer.training()))
    return made


@pytest.mark.parametrize("part", ["training", "validation", "test"])
def test_every_part_is_judged_as_the_engine_computes_it(part: str) -> None:
    """Loss and accuracy of a part, and what is said of each of its rows, are those of the network over that part."""
    document = digits(batch_size=50)
    trainer, scene = scene_of(document, 30)
    seen = judged(JudgeLook(part), scene)
    whole = kept(trainer, document, part)
    whole.apply(Patch("All", settings=replace(whole.settings, batch_size=None)))
    apart, _ = scene_of(whole)
    assert isinstance(seen.score, ClassScore)
    assert seen.score.accuracy == pytest.approx(apart.accuracy)
    assert seen.score.loss == pytest.approx(apart.loss, rel=1e-5)
    labels = apart.compiled.sources[0].arrays[1]
    np.testing.assert_array_equal(seen.truth, labels)
    assert seen.total == len(labels) == seen.score.confusion.sum()
    assert seen.score.confusion.trace() == len(labels) - seen.wrong.sum()
    assert seen.cost.mean() == pytest.approx(apart.loss, rel=1e-5)
    assert ((seen.share > 0.1) & (seen.share <= 1)).all()
    assert seen.score.names == tuple("0123456789")


@pytest.mark.parametrize("gate", sorted(g.id for g in CATALOG if g.category is Category.LOSS and len(g.inputs) == 2))
def test_what_a_row_costs_is_the_loss_of_that_row_alone(gate: str) -> None:
    """For every loss of the catalogue, with its settings: as `forward` of that row; together they make that of all."""
    kind, random = CATALOG.get(gate), np.random.default_rng(3)
    labels = "smoothing" in kind.params or "margin" in kind.params
    raw = random.standard_normal((7, 4 if labels else 1))
    truth = random.integers(0, 4, 7) if labels else random.random((7, 1))
    settings: list[dict[str, object]] = [{}]
    settings += [{"reduction": "sum"}] if "reduction" in kind.params else []
    weights = [1.0, 2, 3, 4]
    more: list[dict[str, object]] = [
        {"smoothing": 0.2},
        {"class_weights": weights},
        {"smoothing": 0.2, "class_weights": weights},
    ]
    settings += more if "smoothing" in kind.params else []
    for params in settings:
        made = kind(**params)
        alone = [float(made.forward(raw[i : i + 1], truth[i : i + 1])) for i in range(7)]
        each = costs(made, raw, truth)
        np.testing.assert_allclose(each, alone, rtol=1e-12)
        assert total(made, each, truth) == pytest.approx(float(made.forward(raw, truth)), rel=1e-12)


def test_a_regression_is_judged_by_its_errors() -> None:
    """R² and errors are those of what the network says; the loss is the mean squared error."""
    _, scene = scene_of(diabetes(), 5)
    seen = judged(JudgeLook("test"), scene)
    assert seen.kind is Answer.NUMBER
    assert isinstance(seen.score, NumberScore)
    assert seen.score.rmse == pytest.approx(float(np.sqrt(((seen.said - seen.truth) ** 2).mean())))
    assert seen.score.loss == pytest.approx(seen.score.rmse**2, rel=1e-5)
    np.testing.assert_allclose(seen.cost, (seen.said - seen.truth) ** 2, rtol=1e-5)
    assert not seen.wrong.any()


def test_scores_that_are_no_probabilities_have_no_share() -> None:
    """A network trained with a hinge says a class, but not how sure it is; top-5 goes by its scores."""
    trainer, scene = scene_of(digits(loss="svm_hinge"), 10)
    seen = judged(JudgeLook("training"), scene)
    assert np.isnan(seen.share).all()
    assert isinstance(seen.score, ClassScore)
    slot = trainer.compiled.slots[scene.document.named("scores").id, "z"]  # type: ignore[union-attr]
    order = np.argsort(-trainer.plan.value(slot), axis=1)[:, :5]
    assert seen.score.top == pytest.approx((order == seen.truth[:, None]).any(axis=1).mean())


def test_samples_drawn_at_random_all_train() -> None:
    """A network without a file has no part that is held back, and says so; its own samples are judged."""
    trainer, scene = scene_of(spiral(), 20)
    seen = judged(JudgeLook("training"), scene)
    assert isinstance(seen.score, ClassScore)
    assert seen.score.accuracy == pytest.approx(trainer.accuracy)
    data_loss = scene.document.named("data_loss")
    assert data_loss is not None
    punished = trainer.plan.value(trainer.compiled.slots[data_loss.id, "loss"])
    assert seen.score.loss == pytest.approx(float(punished), rel=1e-5)
    assert trainer.loss is not None
    assert seen.score.loss < trainer.loss
    with pytest.raises(GraphError, match="There is no test part: data reads no file"):
        JudgeLook("test").see(scene)


def test_while_training_runs_some_rows_are_judged_turn_by_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many turns it takes, all answers are of one step; the earlier verdict stands meanwhile."""
    monkeypatch.setattr(judging, "TURN", 0.0)
    document = digits()
    trainer, scene = scene_of(document, 3)
    monkeypatch.setattr(judging, "SMALL_CHUNK", scene.plan.bytes // 20)
    look = JudgeLook("training", most=200, brief=True)
    alone = judged(JudgeLook("training", most=200), scene)
    first = look.see(scene)
    assert isinstance(first, Unfinished)
    for _ in trainer.run(2):
        pass
    seen = judged(look, scene)
    np.testing.assert_array_equal(seen.said, alone.said)
    np.testing.assert_array_equal(seen.numbers, alone.numbers)
    assert seen.total > 200 >= len(seen.numbers)
    again = look.see(scene)
    assert isinstance(again, Unfinished)
    assert again.meanwhile is seen


def test_a_network_at_rest_is_judged_anew_where_it_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked of the network as it was before is dropped: at rest the verdict is of the network as it stands."""
    monkeypatch.setattr(judging, "LONG_TURN", 0.0)
    trainer, scene = scene_of(digits())
    monkeypatch.setattr(judging, "CHUNK", scene.plan.bytes // 4)
    assert isinstance(JudgeLook().see(scene), Unfinished)
    for _ in trainer.run(50):
        pass
    trainer.evaluate()
    seen = judged(JudgeLook(), replace(scene, step=trainer.step))
    assert isinstance(seen.score, ClassScore)
    assert seen.score.accuracy == pytest.approx(trainer.accuracy)
    assert seen.step == 50


def test_an_unfinished_look_comes_again_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a session at rest a look that needs many turns gets them, and the numbers of the canvas don't wait for it."""
    monkeypatch.setattr(judging, "LONG_TURN", 0.0)
    monkeypatch.setattr(judging, "CHUNK", 2**17)
    session = Session(digits(), Watch(looks=frozenset({JudgeLook("test")})))
    assert session.wait_idle()
    seen = session.latest.seen[JudgeLook("test")]
    session.close()
    assert isinstance(seen, Judged)
    assert len(seen.numbers) == seen.total


def test_a_sample_that_was_held_back_goes_through() -> None:
    """Sent through alone, a sample of the test part has its own truth, and the answer the verdict tells of it."""
    _, scene = scene_of(digits(batch_size=20), 30)
    seen = judged(JudgeLook("test"), scene)
    at = int(np.flatnonzero(seen.wrong)[0])
    alone = SampleLook(at, "test").see(scene)
    assert (alone.truth, alone.answer) == (seen.truth[at], seen.said[at])
    assert alone.share == pytest.approx(seen.share[at], rel=1e-4)
    assert alone.samples == seen.total
    data_loss = scene.document.named("loss")
    assert data_loss is not None
    assert alone.values[data_loss.id, "loss"].scalar == pytest.approx(seen.cost[at], rel=1e-4)


def test_macro_means_count_classes_not_samples() -> None:
    """A rare class counts as much as a common one; one that never occurs doesn't; one never said has precision 0."""
    found = macro(per_class(np.array([0, 0, 0, 0]), np.array([0, 0, 0, 1]), 3))
    assert found.precision == pytest.approx(0.75 / 2)
    assert found.recall == pytest.approx(0.5)
    assert found.f1 == pytest.approx((2 * 3 / 7) / 2)


def test_of_rows_on_the_disk_whole_blocks_are_judged() -> None:
    """A part too large to judge whole gives rows spread over all of it; from the disk in blocks, none of them twice."""
    array = np.zeros((1000, 2))
    assert some_of(array, 2000).tolist() == list(range(1000))
    assert some_of(array, 100).tolist() == list(range(0, 1000, 10))
    disk = Blocks(lambda start, stop: array[start:stop], 1000, 30)
    some = some_of(disk, 100)
    assert len(some) == len(set(some.tolist())) <= 100
    assert some[:30].tolist() == list(range(30))
    assert some.max() > 600
    assert (some < 1000).all()


def test_many_classes_cost_no_matrix() -> None:
    """Of thousands of classes the numbers of each are known without a matrix of all pairs being made."""
    said = np.arange(10_000)
    score = score_classes(said, said[::-1].copy(), np.ones(10_000, np.int64), [str(i) for i in said])
    assert (score.accuracy, score.right, score.top) == (0.0, 0, 1.0)
    assert "confusion" not in vars(score)


def test_of_ties_the_first_class_is_ahead() -> None:
    """Equal scores rank the classes in their order, so that rank 0 is what argmax says."""
    scores = np.array([[1.0, 1, 0], [1, 1, 1], [0, 2, 2]])
    assert ranks(scores, np.array([1, 2, 1])).tolist() == [1, 2, 0]
