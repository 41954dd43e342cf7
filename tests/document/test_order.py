"""Ranks, cycles and walks over documents."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gradstudio.document.model import Document, Node, Patch, Wire
from gradstudio.document.order import Walk, connected, find_cycle, rank_all, reached
from tests.document.build import course


def wired(count: int, ends: list[tuple[int, int]]) -> Document:
    """Nodes 0 … count-1 with these wires."""
    doc = Document()
    nodes = {i: Node(i, "any", f"n{i}") for i in range(count)}
    wires = {100 + k: Wire(100 + k, a, "z", b, "x") for k, (a, b) in enumerate(ends)}
    doc.apply(Patch("Build", nodes, wires))
    return doc


def reach(ends: list[tuple[int, int]], start: int) -> set[int]:
    """All nodes one can get to, found the plain way."""
    found, grown = {start}, True
    while grown:
        new = {b for a, b in ends if a in found} - found
        found, grown = found | new, bool(new)
    return found


graphs = st.integers(2, 12).flatmap(
    lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=25))
)
acyclic = graphs.map(lambda g: (g[0], [(min(e), max(e)) for e in g[1] if e[0] != e[1]]))


@settings(max_examples=200, deadline=None)
@given(graphs)
def test_ranks_and_cycles(graph: tuple[int, list[tuple[int, int]]]) -> None:
    """Each wire leads to a higher rank; just the nodes on a cycle or behind one have none, and a cycle is found."""
    count, ends = graph
    doc = wired(count, ends)
    ranks, stuck = rank_all(doc)
    assert all(ranks[a] < ranks[b] for a, b in ends if b in ranks)
    on_cycle = {i for i in range(count) if any(i in reach(ends, b) for a, b in ends if a == i)}
    assert stuck == {i for c in on_cycle for i in reach(ends, c)}
    assert ranks.keys() | stuck == set(range(count))
    if stuck:
        cycle = find_cycle(doc, stuck)
        assert all(pair in ends for pair in zip(cycle, (*cycle[1:], cycle[0]), strict=True))


@settings(max_examples=200, deadline=None)
@given(acyclic, st.data())
def test_walks_find_what_is_reachable(graph: tuple[int, list[tuple[int, int]]], data: st.DataObject) -> None:
    """Asked in any order, from either end, with or without a wire, a walk says what plain search says."""
    count, ends = graph
    doc = wired(count, ends)
    ranks, _ = rank_all(doc)
    start = data.draw(st.integers(0, count - 1))
    without = data.draw(st.none() | st.integers(0, len(ends)))
    left = [end for k, end in enumerate(ends) if k != without]
    down = Walk(ranks, start, upstream=False, without=None if without is None else 100 + without)
    up = Walk(ranks, start, upstream=True, without=None if without is None else 100 + without)
    for node in data.draw(st.lists(st.integers(0, count - 1), max_size=20)):
        assert down.reaches(doc, node) is (node in reach(left, start))
        assert up.reaches(doc, node) is (start in reach(left, node))
        if down.reaches(doc, node):
            way = down.path(node, most=99)
            assert (way[0], way[-1]) == (start, node)
            assert all(pair in left for pair in pairwise(way))
        if up.reaches(doc, node):
            assert up.path(node, most=99)[0] == node
            assert up.path(node, most=99)[-1] == start


def test_a_walk_goes_no_further_than_it_is_asked() -> None:
    """In a long chain only the stretch between the two nodes is walked, and only once for all questions."""
    count = 5000
    doc = wired(count, [(i, i + 1) for i in range(count - 1)])
    ranks, _ = rank_all(doc)
    up = Walk(ranks, count - 1, upstream=True)
    assert up.reaches(doc, count - 20)
    assert up.found <= 21
    near = Walk(ranks, 5, upstream=True)
    assert not near.reaches(doc, 4000)
    assert near.found == 1
    assert up.reaches(doc, 100)
    found = up.found
    assert all(up.reaches(doc, i) for i in range(100, count))
    assert up.found == found


def test_a_long_way_is_told_by_its_ends() -> None:
    """Of a way of more than four nodes both ends are told and a gap between them, from either side."""
    doc = wired(10, [(i, i + 1) for i in range(9)])
    ranks, _ = rank_all(doc)
    up, down = Walk(ranks, 9, upstream=True), Walk(ranks, 0, upstream=False)
    assert up.reaches(doc, 0)
    assert down.reaches(doc, 9)
    assert up.path(0) == down.path(9) == (0, None, 9)
    assert up.path(6) == (6, 7, 8, 9)
    assert down.path(0) == (0,)


def test_what_is_reached() -> None:
    """All that a node needs, and all that needs it, each once and the nearest first; the start is among them."""
    net = course()
    x, y, z, q, f = (net.id(name) for name in "xyzqf")
    assert reached(net.doc, [f], upstream=True) == [f, q, z, x, y]
    assert reached(net.doc, [x], upstream=False) == [x, q, f]
    assert reached(net.doc, [q, x], upstream=True) == [q, x, y]
    assert reached(net.doc, [], upstream=True) == []


def test_what_is_connected() -> None:
    """Everything wires connect with a node somehow, itself first; nothing else."""
    net = course()
    lonely = net.add("constant", "lonely")
    assert connected(net.doc, net.id("z"))[0] == net.id("z")
    assert set(connected(net.doc, net.id("z"))) == {net.id(name) for name in "xyzqf"}
    assert connected(net.doc, lonely) == [lonely]
