"""Toy data: what the points and classes are without noise, and what noise and seed change."""

import numpy as np
import pytest

from gradstudio.gates.data import Data, DataNumbers
from gradstudio.gates.sequences import WhichFirst
from gradstudio.gates.toys import Blobs, Checkerboard, Circles, LineData, Moons, SineData, StepData, Xor

CLASSES = (Circles, Moons, Blobs, Xor, Checkerboard, WhichFirst)
CURVES = (LineData, SineData, StepData)


@pytest.mark.parametrize("kind", [*CLASSES, *CURVES])
def test_seed_size_and_noise_are_params(kind) -> None:
    """The same seed gives the same points and another one others; noise moves them, and not what they are to tell."""
    X, told = kind(count=60, noise=0).forward()
    again, told_again = kind(count=60, noise=0).forward()
    other, told_other = kind(count=60, noise=0, seed=1).forward()
    assert len(X) == len(told) == 60
    assert (again == X).all()
    assert (told == told_again).all()
    assert (other != X).any() or (told != told_other).any() or kind is Blobs
    noisy, noisy_told = kind(count=60, noise=0.3).forward()
    moved, moved_told = kind(count=60, noise=0.3, seed=1).forward()
    same = np.allclose(moved - other, noisy - X) and np.allclose(moved_told - told_other, noisy_told - told)
    assert not same
    if kind in CLASSES:
        assert (noisy_told == told).all()
        assert 0.15 < np.std(noisy - X) < 0.45
    else:
        assert (noisy == X).all()
        assert 0.15 < np.std(noisy_told - told) < 0.45


@pytest.mark.parametrize("kind", CLASSES)
def test_classes_are_about_as_frequent(kind) -> None:
    """No class has less than half of its share."""
    _, labels = kind(count=400).forward()
    counts = np.bincount(labels)
    assert counts.min() > 200 / len(counts)


def test_points_lie_where_they_are_said_to() -> None:
    """Without noise rings have their radius, moons their distance from a centre, clouds their centre."""
    X, labels = Circles(count=50, noise=0, inner=0.25).forward()
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), np.where(labels == 1, 0.25, 1.0))
    X, labels = Moons(count=50, noise=0).forward()
    centres = np.where(labels[:, None] == 1, [1.0, 0.5], [0.0, 0.0])
    np.testing.assert_allclose(np.linalg.norm(X - centres, axis=1), 1)
    assert ((X - centres)[:, 1] >= 0).tolist() == (labels == 0).tolist()
    X, labels = Blobs(count=9, classes=3, noise=0).forward()
    np.testing.assert_allclose(X[labels == 0], [[2, 0]] * 3)


def test_the_class_of_a_sequence_is_what_came_first() -> None:
    """Each signal is 1 at one moment of its own; label 0 where the first signal's comes before the second's."""
    X, labels = WhichFirst(count=50, steps=6, noise=0).forward()
    assert (X.sum(axis=1) == 1).all()
    moments = X.argmax(axis=1)
    assert labels.tolist() == [int(a > b) for a, b in moments]
    assert (moments[:, 0] != moments[:, 1]).all()


def test_classes_follow_from_the_place() -> None:
    """XOR is 1 where one number is positive; a board's colour changes from square to square."""
    X, labels = Xor(count=300, noise=0).forward()
    assert labels.tolist() == [int(a * b < 0) for a, b in X]
    X, labels = Checkerboard(count=300, squares=3, noise=0).forward()
    assert labels.tolist() == [int((a + 1) * 1.5 // 1 + (b + 1) * 1.5 // 1) % 2 for a, b in X]


def test_curves_are_exact_without_noise() -> None:
    """A line, a wave and a jump, to the last bit or nearly."""
    x, y = LineData(count=20, noise=0, slope=3, intercept=-1).forward()
    np.testing.assert_array_equal(y, 3 * x - 1)
    x, y = SineData(count=20, noise=0, waves=2).forward()
    np.testing.assert_allclose(y, np.sin(2 * np.pi * x))
    x, y = StepData(count=20, noise=0).forward()
    np.testing.assert_array_equal(y, np.heaviside(x, 0))


def test_data_without_a_file_is_xor() -> None:
    """Until a file is chosen a data node gives four points, so that a network around it runs."""
    X, labels = map(np.asarray, Data().forward())
    assert [int(a != b) for a, b in X] == labels.tolist()
    assert [array.shape for array in DataNumbers().forward()] == [(4, 2), (4, 1)]
