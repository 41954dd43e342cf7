"""Jacobians on demand: right for every gate, by windows and blocks, refused where too large, named by their looks."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import gradstudio.gates  # noqa: F401  registers all gates
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import GraphError, MemoryRefused, ShapeError
from gradstudio.engine.gate import Array, Kind, Mode
from gradstudio.engine.graph import Graph, GraphBuilder, Slot
from gradstudio.engine.jacobian import Jacobian, Structure, jacobian, local_jacobian
from gradstudio.engine.plan import Plan
from gradstudio.testing import cases
from gradstudio.testing.running import close, run
from tests.engine.graphs import graphs

LARGEST = 1_200
"""Entries of the matrices built for each case of each gate."""


def gate(gate_id: str, **params: Any) -> Any:
    """A gate of the catalogue."""
    return CATALOG.get(gate_id)(**params)


def of(gate_id: str, *arrays: Any, position: int = 0, **params: Any) -> Jacobian:
    """The Jacobian of a gate's first output at these arrays."""
    given = [np.asarray(array, None if isinstance(array, np.ndarray) else float) for array in arrays]
    return local_jacobian(gate(gate_id, **params), given, position=position)


@pytest.mark.parametrize("gate_id", [kind.id for kind in CATALOG])
def test_jacobian_times_upstream_is_downstream(gate_id: str) -> None:
    """For every gate, case and array the matrices times the upstream gradients add up to what `backward` gives."""
    kind = CATALOG.get(gate_id)
    for case in (case for case in cases(kind) if case.upstream):
        _, downstream = run(case)
        sizes = [dz.size for dz in case.upstream]
        for position in case.real():
            array = case.arrays[position]
            if array.size * max(sizes) > LARGEST:
                continue
            total = np.zeros(array.size)
            for output, dz in enumerate(case.upstream):
                if kind.outputs[output].kind is Kind.REAL:
                    found = local_jacobian(case.gate(), case.arrays, output, position)
                    product = found.window() @ dz.reshape(-1)
                    assert found.shape == (array.size, dz.size)
                    assert close(found @ dz, product.reshape(array.shape)), case
                    total = total + product
            assert close(downstream[position], total.reshape(array.shape)), case


def test_layout_is_the_lectures() -> None:
    """Rows are entries of the input, columns those of the output: of x·W by x it is W."""
    W = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(of("dense", [5.0, 7.0], W, np.zeros(3), units=3).window(), W)


def test_softmax() -> None:
    """The Jacobian of softmax is diag(z) − z zᵀ."""
    x = np.array([0.3, -1.0, 2.0, 0.1])
    z = np.exp(x) / np.exp(x).sum()
    np.testing.assert_allclose(of("softmax", x).window(), np.diag(z) - np.outer(z, z), rtol=1e-14, atol=1e-16)


def test_a_single_precision_gate_has_a_single_precision_jacobian() -> None:
    """Entries are as precise as the arrays that came in."""
    x = np.ones(3, np.float32)
    for gate_id in ("exp", "softmax"):
        assert of(gate_id, x).window().dtype == np.float32
        assert of(gate_id, x).bytes == 9 * 4


WINDOWS = [
    (slice(None), slice(None)),
    (slice(2, 5), slice(1, 7)),
    (slice(None, None, 3), slice(None, None, 2)),
    (slice(None, None, -2), slice(None, None, -1)),
    (slice(-4, None), slice(3, 3)),
    (slice(5, 2), slice(None)),
]


@pytest.mark.parametrize("rows", [w[0] for w in WINDOWS])
@pytest.mark.parametrize("columns", [w[1] for w in WINDOWS])
@pytest.mark.parametrize("gate_id", ["multiply", "softmax"])
def test_windows_are_parts_of_the_whole(gate_id: str, rows: slice, columns: slice) -> None:
    """Any two slices give the rows and columns they would give of the whole matrix, where columns share rows too."""
    x = np.random.default_rng(0).standard_normal((3, 4))
    found = of(gate_id, *([x[0], x] if gate_id == "multiply" else [x]))
    np.testing.assert_array_equal(found.window(rows, columns), found.window()[rows, columns])


@pytest.mark.parametrize("size", [1, 100, 10_000])
def test_blocks_are_the_window_piece_by_piece(size: int) -> None:
    """Blocks of any size, put side by side, are the window, and none is larger than asked for if it may be."""
    found = of("softmax", np.random.default_rng(0).standard_normal((3, 4)))
    rows, columns = slice(1, 11), slice(2, None)
    blocks = list(found.blocks(rows, columns, size))
    np.testing.assert_array_equal(np.hstack([block for _, block in blocks]), found.window(rows, columns))
    assert [i for at, _ in blocks for i in range(10)[at]] == list(range(10))
    assert all(block.nbytes <= max(size, 10 * 8) for _, block in blocks)


def test_the_same_array_at_both_inputs() -> None:
    """In x · x both ways count: the slope is 2x."""
    g = GraphBuilder()
    x = g.parameter("x", np.array([3.0, -5.0]))
    plan = Plan(g.graph(g.add(gate("multiply"), x, x, name="f")), np.float64)
    plan.run()
    np.testing.assert_array_equal(jacobian(plan, Slot(1), x).window(), np.diag([6.0, -10.0]))


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_jacobians_of_graphs(graph: Graph) -> None:
    """Of any graph, the Jacobian of its end by any slot, times 1, is that slot's gradient; and columns make it up."""
    plan = Plan(graph, np.float64)
    plan.run()
    for end in graph.objective[:1]:
        alone = Plan(Graph(graph.nodes, (end,)), np.float64)
        alone.run()
        for slot in map(Slot, range(len(graph.nodes))):
            wanted = alone.gradient(slot)
            found = jacobian(plan, end, slot)
            wanted = np.zeros(found.input_shape) if wanted is None else wanted
            np.testing.assert_allclose(found @ 1.0, wanted, rtol=1e-10, atol=1e-13)
            np.testing.assert_allclose(found.window()[:, 0].reshape(wanted.shape), wanted, rtol=1e-10, atol=1e-13)


def test_jacobian_of_a_circuit() -> None:
    """Scalars that are computed as vectors have theirs too: of each product by one of its factors."""
    g = GraphBuilder()
    leaves = [g.parameter(f"x{i}", 0.1 * i) for i in range(80)]
    ends = [g.add(gate("multiply"), leaves[i - 1], leaf, name=f"f{i}") for i, leaf in enumerate(leaves)]
    plan = Plan(g.graph(*ends), np.float64)
    plan.run()
    assert plan.calls < len(ends)
    assert jacobian(plan, ends[7], leaves[6]).window().tolist() == [[pytest.approx(0.7)]]
    assert jacobian(plan, ends[7], leaves[8]).structure is Structure.ZERO


def test_chain_rule() -> None:
    """The Jacobian over two gates is the product of theirs."""
    g = GraphBuilder()
    x = g.parameter("x", np.random.default_rng(0).standard_normal((2, 3)))
    q = g.add(gate("softmax"), x, name="q")
    f = g.add(gate("sum", axis=1), g.add(gate("square"), q, name="s"), name="f")
    plan = Plan(g.graph(f), np.float64)
    plan.run()
    whole, inner, outer = (jacobian(plan, *ends).window() for ends in ((f, x), (q, x), (f, q)))
    np.testing.assert_allclose(whole, inner @ outer, rtol=1e-12, atol=1e-15)


def test_it_is_taken_at_the_values_of_the_moment() -> None:
    """It shows the plan's values, not the start values, and stays as it is when the plan runs on."""
    g = GraphBuilder()
    x = g.parameter("x", 2.0)
    f = g.add(gate("square"), x, name="f")
    plan = Plan(g.graph(f), np.float64)
    plan.parameters[:] = 5.0
    plan.run()
    found = jacobian(plan, f, x)
    plan.parameters[:] = 7.0
    plan.run()
    assert found.window() == [[10.0]]
    assert found @ 3.0 == 30.0


def test_dropout_shows_the_units_dropped_in_this_step() -> None:
    """A gate that draws numbers is run in the plan's mode: the Jacobian has the mask the wires show."""
    g = GraphBuilder()
    x = g.parameter("x", np.ones(50))
    f = g.add(gate("dropout"), x, name="f")
    plan = Plan(g.graph(f), np.float64)
    plan.mode.step = 4
    plan.run()
    np.testing.assert_array_equal(np.diag(jacobian(plan, f, x).window()), plan.value(f))


def test_a_gate_is_left_as_it_is() -> None:
    """Asking for a Jacobian of a gate between its own two passes doesn't disturb them."""
    mine = gate("multiply")
    mine.mode = Mode()
    mine.forward(np.array(2.0), np.array(3.0))
    local_jacobian(mine, [np.array(7.0), np.array(8.0)]).window()
    assert mine.backward(np.array(1.0)) == (3.0, 2.0)


def test_no_way_no_slope() -> None:
    """Between arrays that don't depend on each other it is zero, and by itself it is the identity."""
    g = GraphBuilder()
    x, y = g.parameter("x", np.ones(2)), g.parameter("y", np.ones(3))
    f = g.add(gate("exp"), x, name="f")
    plan = Plan(g.graph(f), np.float64)
    plan.run()
    np.testing.assert_array_equal(jacobian(plan, f, y).window(), np.zeros((3, 2)))
    np.testing.assert_array_equal(jacobian(plan, f, f).window(), np.eye(2))
    np.testing.assert_array_equal(jacobian(plan, x, f).window(), np.zeros((2, 2)))


def test_what_has_no_gradient_has_no_jacobian() -> None:
    """Labels and running averages are refused by name, of a gate and of a graph; data isn't."""
    g = GraphBuilder()
    points = g.add(gate("spiral", per_class=2), name="points")
    labels = Slot(points.node, 1)
    scores = g.add(gate("batch_norm"), g.add(gate("dense", units=3), points, name="d"), name="norm")
    loss = g.add(gate("softmax_cross_entropy"), scores, labels, name="loss")
    plan = Plan(g.graph(loss), np.float64)
    plan.run()
    with pytest.raises(GraphError, match="“points” has no gradient"):
        jacobian(plan, loss, labels)
    state = next(Slot(i) for i, node in enumerate(plan.graph.nodes) if node.name == "norm.running_mean")
    with pytest.raises(GraphError, match=r"“norm.running_mean” has no gradient"):
        jacobian(plan, loss, state)
    with pytest.raises(GraphError, match="“labels” has no gradient"):
        local_jacobian(gate("softmax_cross_entropy"), [np.ones((2, 3)), np.array([0, 2])], position=1)
    assert jacobian(plan, loss, points).shape == (12, 1)


def test_too_large_a_window_is_refused_before_it_is_made() -> None:
    """The ReLU of the lecture's batch: the sentence tells its size, a window of it is there at once, and small."""
    x = np.random.default_rng(0).standard_normal((100, 4096)).astype(np.float32)
    found = of("relu", x)
    assert found.shape == (409_600, 409_600)
    assert found.bytes == 409_600**2 * 4
    tracemalloc.start()
    with pytest.raises(MemoryRefused, match=r"∂z/∂x, 409,600 × 409,600 entries or 625\.0 GiB as a whole, is never"):
        found.window()
    with pytest.raises(MemoryRefused, match=r"window of 409,600 × 1,000 takes 1\.5 GiB, more than the 128\.0 MiB"):
        found.window(columns=slice(1000))
    assert tracemalloc.get_traced_memory()[1] < 10_000
    window = found.window(*found.sample(99), limit=2**26)
    tracemalloc.stop()
    np.testing.assert_array_equal(window, np.diag((x[99] > 0).astype(np.float32)))


def test_sizes_are_python_integers() -> None:
    """A size beyond 64 bits is told as it is."""
    found = of("transpose", np.broadcast_to(np.float32(0), (2**17, 2**17)))  # which takes no memory
    assert str(found) == "∂z/∂x, 17,179,869,184 × 17,179,869,184 entries or 1,024.0 EiB"


def test_wrong_upstream() -> None:
    """An upstream gradient of another size is refused with both shapes."""
    with pytest.raises(ShapeError, match=r"∂z/∂x takes an upstream gradient of 2×3, found 4"):
        of("exp", np.ones((2, 3))) @ np.ones(4)


def test_samples() -> None:
    """The rows and columns of a sample; where there is no batch there are no samples."""
    found = of("sum", np.ones((4, 3)), axis=1)
    assert found.sample(2) == (slice(6, 9), slice(2, 3))
    for absent in (4, -1):
        with pytest.raises(ShapeError, match="4 samples"):
            found.sample(absent)
    with pytest.raises(ShapeError, match="0 samples"):
        of("sum", np.ones((4, 3))).sample(0)


X = np.random.default_rng(5).standard_normal((5, 6))
STRUCTURES: list[tuple[Structure, str, list[Array], dict[str, Any]]] = [
    (Structure.ZERO, "sign", [X], {}),
    (Structure.ZERO, "relu", [-np.abs(X)], {}),
    (Structure.ZERO, "exp", [X[:0]], {}),
    (Structure.DIAGONAL, "relu", [X], {}),
    (Structure.DIAGONAL, "exp", [np.array(1.0)], {}),
    (Structure.DIAGONAL, "multiply", [X, X[0]], {}),
    (Structure.DIAGONAL, "reshape", [X], {"sizes": "2, 3"}),
    (Structure.PERMUTATION, "transpose", [X], {}),
    (Structure.PERMUTATION, "slice", [X[0]], {"begin": -1, "step": -1}),
    (Structure.BLOCKS, "softmax", [X], {}),
    (Structure.BLOCKS, "sum", [X], {"axis": 1}),
    (Structure.BLOCKS, "dense", [X, np.ones((6, 3)), np.ones(3)], {"units": 3}),
    (Structure.PERMUTATION, "slice", [X], {"begin": -1, "step": -1}),
    (Structure.DENSE, "softmax", [X], {"axis": 0}),
    (Structure.DENSE, "softmax", [X[0]], {}),
    (Structure.DENSE, "sum", [X], {}),
    (Structure.DENSE, "batch_norm", [X, *np.ones((4, 6))], {}),
]


@pytest.mark.parametrize(("structure", "gate_id", "arrays", "params"), STRUCTURES)
def test_structure(structure: Structure, gate_id: str, arrays: list[Array], params: dict[str, Any]) -> None:
    """Each looks the way its mathematics says, and the whole matrix looks that way indeed."""
    found = of(gate_id, *arrays, **params)
    assert found.structure is structure
    matrix = found.window() != 0
    n, m = matrix.shape
    off = {
        Structure.ZERO: np.zeros((n, m), bool),
        Structure.DIAGONAL: np.eye(n, m, dtype=bool),
        Structure.BLOCKS: np.kron(np.eye(5, dtype=bool), np.ones((n // 5, m // 5), bool)),
    }.get(structure, np.ones((n, m), bool))
    assert not matrix[~off].any()
    if structure is Structure.PERMUTATION:
        assert (matrix.sum(0) == 1).all()
        assert (matrix.sum(1) == 1).all()


def test_one_entry_off_the_diagonal_is_seen() -> None:
    """A single entry anywhere beside the diagonal is enough for the matrix not to be called diagonal."""

    class Leak(CATALOG.get("copy")):  # type: ignore[misc]
        """A copy that lets one entry leak into another."""

        elementwise = False

        def backward(self, dz: Array) -> Array:
            """From place to place."""
            dx = dz.copy()
            dx[self.to] += dz[self.from_]
            return dx

    for to, from_ in [(0, 1), (5, 6), (0, 12), (12, 0), (7, 8)]:
        leak = Leak()
        leak.to, leak.from_ = to, from_
        assert local_jacobian(leak, [np.ones(13)]).structure is Structure.DENSE


def test_structure_takes_no_matrix() -> None:
    """The structure of a matrix of gigabytes is found in memory of the size of the arrays."""
    found = of("relu", np.random.default_rng(0).standard_normal((100, 400)).astype(np.float32))
    tracemalloc.start()
    assert found.structure is Structure.DIAGONAL
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * 40_000 * 8


def test_not_a_number_is_seen() -> None:
    """Where a value is NaN the matrix is what backpropagation gives, and it isn't called diagonal or zero."""
    assert of("softmax", np.array([np.nan, 1.0])).structure is Structure.DENSE
