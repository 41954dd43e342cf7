"""Gates that move entries: where each goes, and how its gradient comes back."""

import numpy as np
import pytest

from gradstudio.engine.errors import GraphError, ParamError, ShapeError
from gradstudio.engine.graph import GraphBuilder, Slot
from gradstudio.engine.plan import Plan
from gradstudio.gates.arranging import Broadcast, Transpose
from gradstudio.gates.joining import Concatenate, Split, Stack
from gradstudio.gates.picking import Gather, Pad, Slice
from gradstudio.gates.shape import ExpandDims, Flatten, Reshape, Squeeze
from gradstudio.gates.sources import Labels

X = np.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("gate", "shape", "made"),
    [
        (Reshape(), (2, 3, 4), (2, 12)),
        (Reshape(sizes="4, 3"), (2, 3, 4), (2, 4, 3)),
        (Reshape(sizes="-1×2"), (0, 3, 4), (0, 6, 2)),
        (Reshape(sizes="-1, 8", keep_batch=False), (2, 3, 4), (3, 8)),
        (Reshape(sizes="", keep_batch=False), (1, 1), ()),
        (Flatten(), (2, 3, 4), (2, 12)),
        (Flatten(), (0, 3, 4), (0, 12)),
        (Flatten(), (5,), (5,)),
        (Squeeze(), (1, 1, 3, 1), (1, 3)),
        (Squeeze(axis=0), (1, 3), (3,)),
        (ExpandDims(), (3,), (3, 1)),
        (ExpandDims(axis=0), (), (1,)),
        (Transpose(), (2, 3, 4), (2, 4, 3)),
        (Transpose(axes="2, 0, 1"), (2, 3, 4), (4, 2, 3)),
        (Broadcast(sizes="5, -1, 4"), (3, 1), (5, 3, 4)),
        (Slice(axis=1, begin=1), (2, 3), (2, 2)),
        (Slice(begin=-1, step=-2), (2, 5), (2, 3)),
        (Slice(begin=7), (3,), (0,)),
        (Pad(widths="1, 0:2"), (2, 3, 4), (2, 5, 6)),
    ],
    ids=lambda part: type(part).__name__ if hasattr(part, "title") else str(part),
)
def test_shapes(gate, shape, made):
    """The shape predicted is that of what comes out."""
    assert gate.shape(shape) == made
    assert gate.forward(np.zeros(shape)).shape == made


@pytest.mark.parametrize(
    ("gate", "shape", "words"),
    [
        (Reshape(sizes="5"), (2, 3), "can't make 5 of 3: that is 5 entries, not 3"),
        (Reshape(sizes="-1, 0"), (2, 3), "can't make"),
        (Reshape(), (), "no batch axis"),
        (Flatten(), (), "a batch of samples"),
        (Squeeze(axis=1), (2, 3), "length 1 on axis 1"),
        (ExpandDims(axis=3), (2,), "can't put a new axis 3"),
        (Transpose(), (3,), "two axes to swap"),
        (Transpose(axes="0, 0"), (2, 3), "each axis of its input once"),
        (Broadcast(sizes="2, 3"), (4,), "can't repeat"),
        (Broadcast(sizes="3"), (2, 3), "can't repeat"),
        (Split(), (2, 3), "no halves along axis -1"),
        (Split(size=5), (2, 3), "no 5 entries"),
        (Slice(axis=2), (2, 3), "no axis 2"),
        (Pad(widths="1, 1"), (3,), "too few axes"),
    ],
)
def test_refusals(gate, shape, words):
    """What doesn't fit is refused in a sentence with the numbers in it."""
    with pytest.raises(ShapeError, match=words):
        gate.shape(shape)


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        (Reshape, {"sizes": "a"}),
        (Reshape, {"sizes": "-1, -1"}),
        (Reshape, {"sizes": "-2"}),
        (Reshape, {"sizes": "1 " * 9}),
        (Reshape, {"sizes": "99999999999999999999"}),
        (Transpose, {"axes": "0; 1"}),
        (Broadcast, {"sizes": "-3"}),
        (Slice, {"step": 0}),
        (Pad, {"widths": ""}),
        (Pad, {"widths": "-1"}),
        (Pad, {"widths": "1:2:3"}),
        (Pad, {"widths": "__import__"}),
    ],
)
def test_texts_that_mean_nothing_are_refused(kind, params):
    """Only whole numbers are taken from a text, and only as many as an array has axes."""
    with pytest.raises(ParamError):
        kind(**params)


def test_a_whole_number_of_many_digits_is_told_from_a_text():
    """What is wrong with a number of 16 digits is its length, and a long text is shown cut."""
    with pytest.raises(ParamError, match="whole numbers of at most 15 digits, found “-1, 1234567890123456”"):
        Reshape(sizes="-1, 1234567890123456")
    with pytest.raises(ParamError, match=r"of at most 15 digits, found “1{40}…”"):
        Reshape(sizes="1" * 50)
    assert Reshape(sizes="123456789012345").sizes == "123456789012345"


@pytest.mark.parametrize(
    "gate",
    [Reshape(sizes="4, -1"), Flatten(), Transpose(), Transpose(axes="1, 2, 0"), ExpandDims(axis=1), Slice(step=-1)],
    ids=lambda gate: f"{type(gate).__name__} {gate.caption()}",
)
def test_gradients_come_back_to_where_the_entries_came_from(gate):
    """Where nothing is dropped or repeated, what goes forward and back is itself again."""
    np.testing.assert_array_equal(gate.backward(gate.forward(X)), X)


def test_broadcast_sums_what_its_copies_bring_back():
    """A column repeated four times in each of five tables gets the sum over all twenty copies."""
    g = GraphBuilder()
    x = g.parameter("x", [[1.0], [2.0], [3.0]])
    plan = Plan(g.graph(g.add(Broadcast(sizes="5, -1, 4"), x)), np.float64)
    plan.run()
    assert np.array(plan.gradient(x)).tolist() == [[20], [20], [20]]


def test_concatenate_and_stack():
    """Pieces of different lengths lie one behind the other; scalars side by side make a vector."""
    join, pack = Concatenate(axis=1), Stack()
    assert join.shape((2, 1), (2, 3), (2, 2)) == (2, 6)
    parts = [np.full((2, n), float(n)) for n in (1, 3, 2)]
    z = join.forward(*parts)
    assert z.tolist() == [[1, 3, 3, 3, 2, 2]] * 2
    for part, back in zip(parts, join.backward(z), strict=True):
        np.testing.assert_array_equal(back, part)
    assert pack.forward(*(np.array(v) for v in (3.0, 1.0, 2.0))).tolist() == [3, 1, 2]
    assert [float(dx) for dx in pack.backward(np.array([5.0, 6.0, 7.0]))] == [5, 6, 7]
    for gate, shapes in ((join, ((2, 1), (3, 1))), (join, ((2, 1), (2,))), (pack, ((2,), (3,)))):
        with pytest.raises(ShapeError):
            gate.shape(*shapes)


def test_split_has_two_outputs_each_with_its_gradient():
    """In a plan the second part alone is used: the first part's gradient is 0 in the input's."""
    g = GraphBuilder()
    x = g.parameter("x", [1.0, 2.0, 3.0, 4.0, 5.0])
    parts = g.add(Split(size=2), x)
    rest = Slot(parts.node, 1)
    plan = Plan(g.graph(rest), np.float64)
    plan.run()
    assert (plan.value(parts).tolist(), plan.value(rest).tolist()) == ([1, 2], [3, 4, 5])
    assert np.array(plan.gradient(x)).tolist() == [0, 0, 1, 1, 1]
    assert Split(axis=0).shape((4, 3)) == ((2, 3), (2, 3))


def test_slice_is_that_of_python():
    """Begin, stop and step mean what they mean in Python; what isn't taken gets 0."""
    gate = Slice(axis=0, begin=1, stop=-1, step=2)
    assert gate.forward(np.arange(6.0)).tolist() == [1, 3]
    assert gate.backward(np.array([5.0, 7.0])).tolist() == [0, 5, 0, 7, 0, 0]
    assert gate.caption() == "axis 0, 1:-1:2"


@pytest.mark.parametrize("rows", [[2, 0, 2, 2], [[0, 1], [1, 1]], []])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_gather_adds_up_at_rows_picked_again(rows, axis):
    """The gradient is the sum over all copies, as adding them one by one gives it."""
    gate, indices = Gather(axis=axis), np.array(rows, np.int64)
    z = gate.forward(X, np.minimum(indices, 1))
    np.testing.assert_array_equal(z, np.take(X, np.minimum(indices, 1), axis=axis))
    dz = np.random.default_rng(0).standard_normal(z.shape)
    wanted = np.zeros_like(X)
    np.add.at(wanted, (*(slice(None),) * (axis % 3), np.minimum(indices, 1)), dz)
    np.testing.assert_allclose(gate.backward(dz)[0], wanted, rtol=1e-14, atol=1e-15)


def test_integers_have_no_gradient():
    """In a plan the rows picked get theirs and the indices none."""
    g = GraphBuilder()
    x, indices = g.parameter("x", [[1.0], [2.0], [3.0]]), g.add(Labels(value=[1, 1, 2]))
    plan = Plan(g.graph(g.add(Gather(), x, indices)), np.float64)
    plan.run()
    assert np.array(plan.gradient(x)).tolist() == [[0], [2], [1]]
    assert plan.gradient(indices) is None


def test_rows_that_are_not_there_are_named():
    """An index out of range is refused with its number, by the kernels too."""
    with pytest.raises(GraphError, match=r"from 0 to 1.*found 2"):
        Gather().forward(X, np.array([0, 2]))
    g = GraphBuilder()
    x, indices = g.parameter("x", [[1.0], [2.0]]), g.add(Labels(value=[1, 7]))
    with pytest.raises(GraphError, match="found 7"):
        Plan(g.graph(g.add(Gather(), x, indices)), np.float64).run()


def test_pad_puts_a_border_around():
    """The border has its value, and its gradient is dropped."""
    gate = Pad(widths="1, 0:1", value=9)
    assert gate.forward(np.array([[1.0, 2.0]])).tolist() == [[9, 9, 9], [1, 2, 9], [9, 9, 9]]
    assert gate.backward(np.arange(9.0).reshape(3, 3)).tolist() == [[3, 4]]
