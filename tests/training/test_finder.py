"""The learning rate range test."""

import numpy as np
import pytest

from gradstudio.document.commands import change_settings, set_training
from gradstudio.document.model import Document, Training
from gradstudio.engine.errors import GraphError
from gradstudio.training.finder import Found, find_rate
from gradstudio.training.trainer import Trainer
from tests.training.networks import network, spiral


def last(*words: object, **more: object) -> Found:
    """What the test has shown in the end."""
    found = Found(np.zeros(0), np.zeros(0))
    for found in find_rate(*words, **more):  # type: ignore[arg-type]  # noqa: B007
        pass
    return found


def test_rates_grow_by_one_factor_and_the_network_stays_as_it_is() -> None:
    """From the first to the last rate in equal factors; the document's training, settings and revision stay."""
    document = spiral()
    before = (document.training, document.settings, document.revision)
    found = last(document, 1e-4, 1e-2, 21)
    np.testing.assert_allclose(found.rates, np.geomspace(1e-4, 1e-2, 21))
    assert (document.training, document.settings, document.revision) == before


def test_the_losses_are_those_of_training_with_these_rates() -> None:
    """On a parabola x²/2 each step of gradient descent with rate r multiplies x by 1 − r: so does the test."""
    document = parabola()
    found = last(document, 1e-3, 0.5, 30)
    x = 4 * np.cumprod(np.concatenate(([1.0], 1 - found.rates[:-1])))
    np.testing.assert_allclose(found.losses, x**2 / 2, rtol=1e-6)


def parabola() -> Document:
    """f = x²/2 from x = 4 on, by gradient descent: it diverges above a rate of 2."""
    document = network(
        {
            "x": ("parameter", {"value": 4.0}),
            "square": ("square", {}),
            "half": ("constant", {"value": 0.5}),
            "f": ("multiply", {}),
        },
        [("x.value", "square.x"), ("square.z", "f.x"), ("half.value", "f.y")],
    )
    document.apply(change_settings(document, optimizer="sgd", dtype="float64", schedule="cosine", stop_patience=3))
    return document


def test_the_suggestion_is_a_rate_that_works() -> None:
    """It lies where the loss falls, and below where it explodes; the test ends there, and not at the last rate."""
    found = last(parabola(), 1e-3, 1e3, 200)
    assert found.rates[-1] < 100
    assert found.suggestion is not None
    assert found.steepest is not None
    assert found.tenth is not None
    assert 0.01 < found.suggestion <= found.steepest < 2
    assert found.suggestion <= found.tenth * 1.05


def test_it_goes_on_from_what_was_learned() -> None:
    """The first loss is that of the trained network."""
    document = spiral()
    trainer = Trainer(document.copy())
    for _ in trainer.run(50):
        pass
    trainer.finish()
    training = trainer.training()
    assert isinstance(training, Training)
    document.apply(set_training(document, training, "Train"))
    assert last(document, 1e-6, 1e-5, 10).losses[0] == trainer.loss


def test_infinity_ends_it_with_what_was_found() -> None:
    """Where NaN or infinity comes of a rate that is said, and the rates before are there."""
    found = last(spiral(optimizer="sgd"), 1e5, 1e6, 100)
    assert found.diverged
    assert np.isfinite(found.losses).all()
    assert len(found.losses) < 100


def test_a_loss_that_only_rises_gives_no_suggestion() -> None:
    """There is no rate to take where every step made it worse."""
    found = Found(np.geomspace(0.1, 1, 20), np.linspace(1, 2, 20))
    assert (found.steepest, found.tenth, found.suggestion) == (None, None, None)


def test_the_smoothed_loss_forgets_its_beginning() -> None:
    """The mean is corrected for how few losses there are: that of equal losses is that loss."""
    np.testing.assert_allclose(Found(np.arange(1.0, 4), np.full(3, 7.0)).smoothed, 7)


def test_it_can_be_stopped() -> None:
    """Nothing more comes once `stop` says so."""
    seen = list(find_rate(spiral(), stop=lambda: True))
    assert seen == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((0.0, 1.0, 20), "rates need to grow"),
        ((1.0, 0.1, 20), "rates need to grow"),
        ((0.1, 1.0, 3), "10 to 1,000 steps"),
    ],
)
def test_a_test_that_cannot_be_is_refused(words: tuple[float, float, int], said: str) -> None:
    """Rates that don't grow, or too few steps, are refused in a sentence."""
    with pytest.raises(ValueError, match=said):
        last(spiral(), *words)


def test_a_network_that_cannot_be_trained_is_told() -> None:
    """The sentence is that of training."""
    with pytest.raises(GraphError, match="nothing to train"):
        last(network({"x": ("constant", {"value": 1.0}), "e": ("exp", {})}, [("x.value", "e.x")]))
