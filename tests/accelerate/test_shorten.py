"""Which calls become runs of the machine, and that all others stay what and where they were."""

import gc
import threading
from functools import partial

import numpy as np
import pytest

from gradstudio.accelerate.shorten import Run, shorten


def nothing():
    """A call of Python's."""


def adding(size=5):
    """A call the machine knows."""
    a = np.ones(size)
    return partial(np.add, a, a, a)


def kinds(calls, machine):
    """The calls that come of it: those of the machine as the number of calls in them."""
    return [len(call.keeps[1]) if isinstance(call, Run) else call for call in shorten(calls, machine)]


def test_runs_lie_between_calls_that_are_not_known(machine):
    """What isn't known stays as it is, in its place, and cuts runs; a call by itself is no run."""
    one = adding()
    calls = [adding(), adding(), nothing, one, nothing, adding(), adding(), adding()]
    assert kinds(calls, machine) == [2, nothing, one, nothing, 3]
    assert kinds([], machine) == []


def unknown():
    """Calls that must not be read as anything."""
    x, y, out = np.ones(6), np.ones(6), np.ones(6)
    whole, ints = np.arange(12.0), np.zeros(6, np.int64)
    return {
        "a function": partial(np.sum, x),
        "an allocation": partial(np.add, x, y),
        "a cast of the result": partial(np.add, x, y, np.zeros(6, np.float32)),
        "a cast of an operand": partial(np.add, x, np.zeros(6, np.float32), out),
        "a cast in a copy": partial(out.__setitem__, Ellipsis, ints),
        "a number": partial(np.add, x, 1.0, out),
        "an option": partial(np.add, x, y, out, where=np.ones(6, bool)),
        "overlapping memory": partial(np.add, whole[:6], y, whole[1:7]),
        "overlapping memory of a copy": partial(whole[1:7].__setitem__, Ellipsis, whole[:6]),
        "overlapping memory of a product": partial(
            np.matmul, whole[:4].reshape(2, 2), np.eye(2), whole[2:6].reshape(2, 2)
        ),
        "overlapping memory of a gather": partial(whole.take, ints, None, whole[3:9], "clip"),
        "gaps": partial(np.negative, whole[::2], out),
        "two outputs": partial(np.frexp, x, out, np.zeros(6, np.int32)),
        "the other byte order": partial(np.add, x.astype(">f8"), y.astype(">f8"), out.astype(">f8")),
        "a subclass": partial(np.add, np.ma.array(x), y, out),
        "places that raise": partial(whole.take, ints, None, out, "raise"),
        "places of another type": partial(whole.take, ints.astype(np.int32), None, out, "clip"),
        "rows by place": partial(whole.reshape(6, 2).take, ints, 0, np.zeros((6, 2)), "clip"),
        "part of an array": partial(out.__setitem__, slice(2, 4), x[:2]),
        "a reduction to one number": partial(np.add.reduce, x, 0, None, np.zeros(())),
        "a reduction that begins with something": partial(
            np.add.reduce, np.ones((4, 4)), 0, None, np.zeros(4), False, 5.0
        ),
        "a reduction of a number": partial(np.add.reduce, np.ones(()), 0, None, np.zeros(())),
        "a reduction of columns": partial(np.add.reduce, np.ones((4, 4)).T, 0, None, np.zeros(4)),
        "a reduction along the last axis": partial(np.add.reduce, np.ones((4, 4)), 1, None, np.zeros(4)),
        "sums of something else": partial(np.multiply.reduceat, x, ints[:2], 0, None, out[:2]),
        "nothing to do": partial(np.add, x[:0], y[:0], out[:0]),
        "a product of parts of matrices": partial(np.ones((6, 6))[:3, :3].dot, np.ones((3, 3)), np.ones((3, 3))),
        "a product that doesn't fit": partial(np.matmul, np.ones((2, 3)), np.ones((4, 2)), np.ones((2, 2))),
        "a product with too small a result": partial(np.ones((3, 3)).dot, np.ones((3, 3)), np.ones((2, 3))),
        "a product of rows of other lengths": partial(np.ones(3).dot, np.ones(4), np.ones(())),
        "a dot of complex numbers": partial(np.ones(3, complex).dot, np.ones(3, complex), np.ones((), complex)),
        "too few arguments": partial(np.add.reduce, x),
        "a product with itself": partial(whole.reshape(3, 4).dot, whole.reshape(3, 4).T, np.zeros((3, 3))),
    }


@pytest.mark.parametrize("what", sorted(unknown()))
def test_what_is_not_known_exactly_is_left_alone(what, machine):
    """A call that would need a cast, a copy or a choice is made by numpy."""
    call = unknown()[what]
    assert shorten([adding(), adding(), call, adding(), adding()], machine)[1] is call


def test_a_read_only_output_is_refused_by_numpy(machine):
    """Where numpy would refuse to write, the machine doesn't write either."""
    x, out = np.ones(4), np.ones(4)
    out.flags.writeable = False
    call = partial(np.add, x, x, out)
    assert shorten([call, adding()], machine)[0] is call


def test_instructions_keep_their_arrays(machine):
    """Nobody else needs to keep the arrays a run works with, those for bools included."""
    x = np.full(30_000, 3.0)
    calls = [partial(np.greater, x, np.array(2.0), x), partial(np.multiply, x, np.array(5.0), x)]
    (run,) = shorten(calls, machine)
    del calls
    gc.collect()
    noise = [np.full(30_000, 9.0) for _ in range(20)]
    run()
    assert np.array_equal(x, np.full(30_000, 5.0))
    assert len(noise) == 20


def test_long_rows_are_made_block_by_block(machine):
    """A chain of long calls on the same entries is one instruction; where entries cross over, it is cut."""
    x, y = np.ones(50_000), np.ones(50_000)
    straight = [partial(np.add, x, y, x), partial(np.multiply, x, y, y), partial(np.subtract, x, y, x)]
    crossing = [partial(np.add, x[:-1], y[:-1], x[:-1]), partial(np.multiply, x[1:], y[1:], y[1:])]
    assert count(shorten(straight, machine)[0]) == 1
    assert count(shorten(crossing, machine)[0]) == 2


def count(run):
    """How many instructions a run has."""
    code, at, found = run.keeps[0], 0, 0
    while at < code.size:
        at += int(code[at + 1])
        found += 1
    return found


@pytest.mark.parametrize("shift", [0, 1, 3])
def test_rows_that_cross_over_are_right(shift, same_bits):
    """What one call writes, the next one reads elsewhere: as numpy has it."""
    x = np.random.default_rng(0).standard_normal(40_000)
    low, high = x[:30_000], x[shift : 30_000 + shift]
    y = np.zeros(30_000)
    same_bits([partial(np.negative, low, y), partial(np.add, y, low, low), partial(np.exp, high, y)], x, y)


def test_others_may_run_meanwhile(machine):
    """The machine works without the interpreter's lock: another thread sees that it has begun but not ended."""
    begun, ended, one, x = np.zeros(3), np.zeros(3), np.ones(3), np.linspace(0, 1, 300_000)
    calls = [partial(np.add, begun, one, begun), *[partial(np.sin, x, x)] * 60, partial(np.add, ended, one, ended)]
    (run,) = shorten(calls, machine)
    worker = threading.Thread(target=run)
    worker.start()
    while begun[0] == 0:
        pass
    seen = float(ended[0])
    worker.join()
    assert (seen, float(ended[0])) == (0, 1)


def test_starts_that_are_moved_out_later_lead_nowhere(machine):
    """Numbers that change after a run was made can spoil a sum, but not make it read what isn't its own."""
    memory = np.full(60, np.nan)
    parts, starts, out = memory[:40], np.array([0, 10, 20]), np.zeros(3)
    parts[...] = 1
    (run,) = shorten([partial(np.add.reduceat, parts, starts, 0, None, out), adding()], machine)
    starts[...] = [45, 50, -3]
    run()
    assert np.isfinite(out).all()


def test_the_machine_and_its_instructions_agree():
    """Both files number the instructions alike: numba compiles anew only what has changed in the machine's own."""
    pytest.importorskip("numba", reason="numba isn't installed: pip install 'gradstudio[numba]'")
    from gradstudio.accelerate import instructions, machine

    names = [name for name in vars(instructions) if name.isupper() and not name.startswith("_")]
    assert len(names) == 10
    assert {name: getattr(machine, name) for name in names} == {name: getattr(instructions, name) for name in names}
