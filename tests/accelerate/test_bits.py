"""What the compiled machine computes: the bits numpy gives."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradstudio.gates  # noqa: F401  registers all gates
from gradstudio.accelerate.shorten import Run, shorten
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Kernels
from gradstudio.engine.running import bound
from gradstudio.testing.cases import cases
from gradstudio.testing.layouts import backwards, columns_first, gapped, planned

REAL = (np.float32, np.float64)
ONE = (np.negative, np.tanh, np.exp, np.log, np.sqrt, np.square, np.reciprocal, np.sin, np.cos, np.abs, np.log1p)
TWO = (np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum, np.power, np.fmod, np.arctan2)


def numbers(shape, dtype, seed=0):
    """Numbers of many sizes, some of them 0, infinite or nothing at all."""
    rng = np.random.default_rng(seed)
    x = np.asarray(rng.standard_normal(shape) * 10.0 ** rng.integers(-4, 5, shape))
    some = x.reshape(-1)[:: max(1, x.size // 7)]
    some[...] = rng.choice([0.0, -0.0, np.inf, -np.inf, np.nan], some.size)
    return x.astype(dtype)


@pytest.fixture(params=REAL, ids=lambda kind: kind.__name__)
def dtype(request):
    """Both precisions."""
    return request.param


@pytest.mark.parametrize("ufunc", ONE + TWO, ids=lambda ufunc: ufunc.__name__)
@pytest.mark.parametrize("size", [1, 2, 7, 100, 3001, 20_000])
def test_a_function_of_entries(ufunc, size, dtype, same_bits):
    """Any ufunc gives numpy's bits, once, in a chain that is made block by block, and in place."""
    x, y, out = (numbers(size, dtype, seed) for seed in (1, 2, 3))
    arrays = (x, y)[: ufunc.nin]
    calls = [partial(ufunc, *arrays, out=out), partial(ufunc, *arrays[:-1], out, out=out), partial(np.add, out, x, y)]
    same_bits(calls, out, y)


SHAPES = [
    ((), ()),
    ((1,), (5,)),
    ((3, 1), (3, 4)),
    ((4,), (3, 4)),
    ((3, 4), (3, 4)),
    ((2, 1, 4), (2, 3, 4)),
    ((1, 3, 1), (2, 3, 4)),
    ((5, 1, 3, 2), (5, 4, 3, 2)),
]


@pytest.mark.parametrize(("shape", "whole"), SHAPES, ids=str)
@pytest.mark.parametrize("lay", [np.asarray, planned, gapped, backwards, columns_first], ids=lambda lay: lay.__name__)
def test_broadcasting_and_memory_orders(shape, whole, lay, dtype, same_bits):
    """Operands repeated along axes, in any memory order, are gone through as numpy does; gaps are left to it."""
    x, y, out = lay(numbers(shape, dtype, 1)), lay(numbers(whole, dtype, 2)), lay(numbers(whole, dtype, 3))
    known = lay not in (gapped, backwards)
    same_bits([partial(np.subtract, x, y, out), partial(np.multiply, out, x, out)], out, known=known)
    same_bits([partial(out.__setitem__, Ellipsis, x), partial(np.add, out, y, out)], out, known=known)
    same_bits([partial(out.__setitem__, Ellipsis, x), partial(out.__setitem__, Ellipsis, y)], out)


@pytest.mark.parametrize("ufunc", [np.greater, np.less_equal, np.equal, np.logical_and], ids=lambda u: u.__name__)
@pytest.mark.parametrize("size", [3, 2049, 50_000])
def test_comparisons_written_as_numbers(ufunc, size, dtype, same_bits):
    """True is 1 and false 0, also where the numbers compared are overwritten."""
    x, y = numbers(size, dtype, 1), numbers(size, dtype, 2)
    same_bits([partial(ufunc, x, y, x), partial(np.multiply, x, y, x)], x)


def test_comparisons_with_a_scalar_and_bools(dtype, same_bits):
    """A comparison may be with a number without axes, and stay what it is."""
    x, zero, out = numbers((30, 40), dtype, 1), np.zeros((), dtype), np.zeros((30, 40), bool)
    same_bits([partial(np.greater, x, zero, out), partial(np.maximum, x, zero, out=x)], out, x)
    same_bits([partial(np.greater, x, zero, out=x), partial(np.maximum, x, zero, out=x)], x)


@pytest.mark.parametrize("kind", [*REAL, np.int32, np.int64], ids=lambda kind: kind.__name__)
def test_gathering_and_putting(kind, same_bits):
    """Entries are taken and put by place, and places outside mean the nearest inside."""
    whole, some = np.arange(50).astype(kind), np.zeros(200, kind)
    places = np.random.default_rng(0).integers(-20, 80, 200)
    same_bits([partial(whole.take, places, None, some, "clip"), partial(np.add, some, some, some)], some)
    same_bits([partial(whole.put, places, some, "clip"), partial(np.add, whole, whole, whole)], whole)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=20), st.integers(0, 99))
def test_sums_of_any_length(machine, lengths, seed):
    """np.add.reduceat is followed in its order of summing, from one part to hundreds; nothing is as good as nothing."""
    for kind in REAL:
        starts = np.cumsum([0, *lengths[:-1]])
        parts, out = numbers(sum(lengths), kind, seed), np.zeros(len(lengths), kind)
        calls = [partial(np.add.reduceat, parts, starts, 0, None, out), partial(np.negative, parts, parts)]
        with np.errstate(all="ignore"):
            calls[0]()
        expected, out[...] = out.copy(), 0
        (run,) = shorten(calls, machine)
        run()
        np.testing.assert_array_equal(out, expected)
        kept = ~np.isnan(out)
        assert out[kept].tobytes() == expected[kept].tobytes()


def test_sums_that_begin_backwards(dtype, same_bits):
    """Where starts don't rise, a sum is one part, as numpy has it."""
    parts, starts, out = numbers(40, dtype), np.array([5, 3, 3, 39, 0, 7]), np.zeros(6, dtype)
    same_bits([partial(np.add.reduceat, parts, starts, 0, None, out), partial(np.add, parts, parts, parts)], out, parts)


def sweep_of(dtype, places):
    """The calls of a sweep: sums of products of gathered numbers, written into the first 30 gathered from."""
    whole, factors = numbers(500, dtype, 1), numbers(200, dtype, 2)
    shares, starts = np.zeros(200, dtype), np.sort(np.random.default_rng(3).permutation(200)[:30])
    calls = [
        partial(whole.take, places, None, shares, "clip"),
        partial(np.multiply, shares, factors, shares),
        partial(np.add.reduceat, shares, starts, 0, None, whole[:30]),
    ]
    return calls, whole, shares


@pytest.mark.parametrize("low", [0, 30])
@pytest.mark.parametrize("fixed", [True, False])
def test_sweeps(low, fixed, dtype, same_bits):
    """A gather, a product and sums are one instruction where that is safe, and right where it isn't."""
    places = np.random.default_rng(0).integers(low, 500, 200)
    places.flags.writeable = not fixed
    calls, whole, shares = sweep_of(dtype, places)
    (run,) = same_bits(calls, whole, shares)
    instructions = run.keeps[0]
    assert (instructions.size == 23) == (fixed and low == 30)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60), st.booleans(), st.booleans(), st.integers(0, 9))
def test_products_of_matrices(machine, m, k, n, a_turned, b_turned, seed):
    """`dot` and `matmul` of whole matrices, as they are and transposed, even with odd strides along single entries."""
    rng = np.random.default_rng(seed)
    for kind in REAL:
        a = rng.standard_normal((k, m)).astype(kind).T if a_turned else rng.standard_normal((m, k)).astype(kind)
        b = rng.standard_normal((n, k)).astype(kind).T if b_turned else rng.standard_normal((k, n)).astype(kind)
        out, other = np.zeros((m, n), kind), np.zeros((m, n), kind)
        calls = [partial(a.dot, b, out), partial(np.matmul, a, b, other)]
        for call in calls:
            call()
        expected = out.tobytes(), other.tobytes()
        shorter = shorten(calls, machine)
        assert len(shorter) == (1 if min(a.size, b.size) > 1 else 2)
        out[...] = other[...] = 0
        for shortened in shorter:
            shortened()
        assert (out.tobytes(), other.tobytes()) == expected


def test_products_of_columns_with_odd_strides(dtype, same_bits):
    """A column cut out of something else is as good as one made for itself."""
    width, out = np.dtype(dtype).itemsize, np.zeros((4, 9), dtype)
    left, right = np.random.default_rng(0).standard_normal((2, 40)).astype(dtype)
    column, row = np.ndarray((4, 1), dtype, left, 0, (width, 64)), np.ndarray((1, 9), dtype, right, 0, (640, width))
    same_bits([partial(column.dot, row, out), partial(np.add, out, out, out)], out)


def test_products_of_one_number(dtype, same_bits):
    """Where a factor is one number zeros keep the sign np.dot gives them."""
    one, zeros, row = np.ones((1, 1), dtype), np.full((1, 1), -0.0, dtype), np.ones(9, dtype)
    out = np.empty((1, 1), dtype)
    same_bits([partial(one.dot, zeros, out), partial(np.add, row, row, row)], out, row, known=False)


def test_products_of_rows(dtype, same_bits):
    """The product of two rows is one number; called a hundred times it is the same."""
    a, b, out = (numbers(n, dtype, 1) for n in (1000, 1000, ()))
    a, b = np.nan_to_num(a, posinf=1, neginf=1), np.nan_to_num(b, posinf=1, neginf=1)
    same_bits([partial(a.dot, b, out), partial(np.add, out, out, out)] * 50, out)


def test_products_of_stacks(dtype, same_bits):
    """A stack of products is one call, and repeating it repeats it: inner loops may change what they are given."""
    rng = np.random.default_rng(0)
    a, b, one = (rng.standard_normal(shape).astype(dtype) for shape in ((6, 4, 5), (6, 5, 3), (4, 5)))
    out, turned = np.zeros((6, 4, 3), dtype), np.zeros((6, 3, 4), dtype).transpose(0, 2, 1)
    same_bits([partial(np.matmul, a, b, out), partial(np.matmul, one, b, turned)] * 3, out, turned)


@pytest.mark.parametrize("ufunc", [np.add, np.maximum, np.minimum, np.multiply], ids=lambda ufunc: ufunc.__name__)
@pytest.mark.parametrize("shape", [(2, 2), (10, 64), (64, 3), (14, 75, 16), (9, 3000)], ids=str)
def test_reductions_along_the_first_axis(ufunc, shape, dtype, same_bits):
    """Rows are added up one after the other, with the axis kept or not."""
    x, kept, out = numbers(shape, dtype), np.zeros((1, *shape[1:]), dtype), np.zeros(shape[1:], dtype)
    same_bits([partial(ufunc.reduce, x, 0, None, kept, True), partial(ufunc.reduce, x, 0, None, out)], kept, out)


@pytest.mark.parametrize("lay", [planned, gapped], ids=lambda lay: lay.__name__)
@pytest.mark.parametrize("gate_id", [kind.id for kind in CATALOG])
def test_the_kernels_of_every_gate(gate_id, lay, machine):
    """Whatever a gate emits, in whatever memory order, comes out with the same bits."""
    for case in cases(CATALOG.get(gate_id)):
        for kind in REAL:
            calls, written = kernels_of(case, lay, kind)
            expected = play(calls, written)
            assert play(shorten(calls, machine), written) == expected, str(case)


def kernels_of(case, lay, kind):
    """The calls of both passes of a gate, and the arrays they write."""
    if len(case.upstream) != 1 or not case.arrays:
        return [], []
    arrays = [lay(a.astype(kind) if a.dtype.kind == "f" else np.array(a)) for a in case.arrays]
    z, dz = lay(np.zeros(case.upstream[0].shape, kind)), lay(case.upstream[0].astype(kind))
    dx = [lay(np.zeros(a.shape, kind)) if a.dtype.kind == "f" else None for a in arrays]
    kernels = Kernels(arrays, z, dz, dx, np.dtype(kind))
    if not case.gate().kernels(kernels):
        return [], []
    return bound([*kernels.forward_calls, *kernels.backward_calls]), [z, *(a for a in dx if a is not None)]


def play(calls, written):
    """The bytes of what calls write."""
    for array in written:
        array[...] = 7
    with np.errstate(all="ignore"):
        for call in calls:
            call()
    return [array.tobytes() for array in written]


def test_gates_are_mostly_known(machine):
    """Of the commonest gates every call is known: each becomes one run."""
    for gate_id in ("tanh", "sigmoid", "relu", "multiply", "add"):
        every = [case for case in cases(CATALOG.get(gate_id)) if case.upstream[0].size]
        found = [calls for case in every if (calls := kernels_of(case, np.array, np.float64)[0])]
        assert found
        assert all([type(call) for call in shorten(calls, machine)] == [Run] for calls in found), gate_id
