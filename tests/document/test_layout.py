"""Laying out in layers: nothing overlaps, everything flows to the right, and nothing moves twice."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.layout import make_network
from gradstudio.document.layout import GRID, Box, Link, Place, layered
from gradstudio.document.layout.order import Columns, ordered
from gradstudio.document.layout.packing import parts
from gradstudio.document.layout.pooling import rising
from gradstudio.document.layout.ranks import ranked
from gradstudio.document.layout.strands import laid


@st.composite
def networks(draw: st.DrawFn, most: int = 14) -> tuple[list[Box], list[Link]]:
    """Boxes anywhere, and links from earlier to later ones."""
    count = draw(st.integers(1, most))
    place = st.floats(-1000, 1000)
    boxes = [
        Box(draw(place), draw(place), draw(st.sampled_from((90.0, 130.0, 240.0))), draw(st.sampled_from((66.0, 106.0))))
        for _ in range(count)
    ]
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] < pair[1])
    pairs = draw(st.lists(ends, max_size=2 * count)) if count > 1 else []
    ports = st.sampled_from((46.0, 66.0, 86.0))
    return boxes, [Link(a, b, draw(ports), draw(ports)) for a, b in pairs]


def at(boxes: list[Box], places: list[Place]) -> list[Box]:
    """The boxes where they were put."""
    return [Box(x, y, box.width, box.height) for box, (x, y) in zip(boxes, places, strict=True)]


def crossings(boxes: list[Box], links: list[Link]) -> int:
    """How many links cross when the boxes stand in this order."""
    columns = Columns(laid(boxes, links, ranked(len(boxes), links)))
    columns.thread()
    return columns.crossings()


def apart(a: Box, b: Box, gap: float = 20.0) -> bool:
    """Whether there is room between two boxes."""
    across = a.x + a.width + gap <= b.x or b.x + b.width + gap <= a.x
    return across or a.y + a.height + gap <= b.y or b.y + b.height + gap <= a.y


@given(networks())
@settings(max_examples=150, deadline=None)
def test_nothing_overlaps_and_all_links_lead_to_the_right(network) -> None:
    """Boxes have room between them, a target stands right of its source, all on the grid, the corner at (0, 0)."""
    boxes, links = network
    placed = at(boxes, layered(boxes, links))
    assert all(apart(a, b) for a, b in itertools.combinations(placed, 2))
    assert all(placed[link.source].x + placed[link.source].width < placed[link.target].x for link in links)
    assert all(box.x % GRID == 0 and box.y % GRID == 0 for box in placed)
    assert min(box.x for box in placed) == min(box.y for box in placed) == 0


@given(networks())
@settings(max_examples=200, deadline=None)
def test_laying_out_again_moves_nothing(network) -> None:
    """What was laid out is a rest: doing it again gives the same places."""
    boxes, links = network
    first = layered(boxes, links)
    assert layered(at(boxes, first), links) == first


@given(networks(most=9))
@settings(max_examples=100, deadline=None)
def test_links_never_cross_more_than_before(network) -> None:
    """The order found has at most as many crossings as the order there was."""
    boxes, links = network
    (group, *_) = sorted(parts(len(boxes), links), key=len, reverse=True)
    number = {box: i for i, box in enumerate(group)}
    own = [Link(number[a], number[b], out, into) for a, b, out, into in links if a in number]
    mine = [boxes[i] for i in group]
    strands = laid(mine, own, ranked(len(mine), own))
    columns = Columns(strands)
    columns.take(ordered(strands))
    assert columns.crossings() <= crossings(mine, own)


def test_a_chain_is_a_straight_line() -> None:
    """Nodes one after the other stand on one height, their ports in line."""
    boxes = [Box(0, 37.0 * i % 101, 90, 66) for i in range(12)]
    links = [Link(i, i + 1, 46, 46) for i in range(11)]
    places = layered(boxes, links)
    assert {y for _, y in places} == {0.0}
    assert [x for x, _ in places] == [210.0 * i for i in range(12)]


def test_ports_are_in_line_not_tops() -> None:
    """A wire into the second input is straight: the target stands higher by as much."""
    places = layered([Box(0, 0, 90, 66), Box(200, 0, 90, 86)], [Link(0, 1, 46, 66)])
    assert places[0][1] - places[1][1] == 20


def test_two_wires_that_cross_are_uncrossed() -> None:
    """Two chains drawn across each other lie side by side after it."""
    boxes = [Box(0, 0, 90, 66), Box(0, 200, 90, 66), Box(200, 200, 90, 66), Box(200, 0, 90, 66), Box(400, 100, 90, 86)]
    links = [Link(0, 2, 46, 46), Link(1, 3, 46, 46), Link(2, 4, 46, 46), Link(3, 4, 46, 66)]
    assert crossings(boxes, links) == 2
    assert crossings(at(boxes, layered(boxes, links)), links) == 0


def test_the_order_that_is_there_stays_where_nothing_speaks_against_it() -> None:
    """Of two branches alike, the upper one stays the upper one."""
    links = [Link(0, 1, 46, 46), Link(0, 2, 46, 46), Link(1, 3, 46, 46), Link(2, 3, 46, 46)]
    for upper, lower in ((1, 2), (2, 1)):
        heights = {upper: 0.0, lower: 300.0}
        boxes = [Box(0, 0, 90, 66), *(Box(200, heights[i], 90, 66) for i in (1, 2)), Box(400, 0, 90, 66)]
        places = layered(boxes, links)
        assert places[upper][1] < places[lower][1]


def test_sources_stand_next_to_what_they_feed() -> None:
    """A constant that feeds the last node of a chain stands before that node, not at the far left."""
    links = [Link(0, 1, 46, 46), Link(1, 2, 46, 46), Link(2, 3, 46, 46), Link(4, 3, 46, 66)]
    assert ranked(5, links) == [0, 1, 2, 3, 2]


def test_a_long_wire_passes_beside_what_lies_between() -> None:
    """Between the ends of a long link there is room for it in each column."""
    boxes = [Box(0, 0, 90, 66), Box(200, 0, 90, 66), Box(400, 0, 90, 66)]
    strands = laid(boxes, [Link(0, 1, 46, 46), Link(1, 2, 46, 46), Link(0, 2, 46, 66)], [0, 1, 2])
    assert strands.rank == [0, 1, 2, 1]
    assert len(strands.pieces) == 4


def test_many_long_wires_of_one_port_share_their_way() -> None:
    """A source that feeds every column of a long chain needs one thin box a column, and no more."""
    count = 60
    links = [Link(i, i + 1, 46, 46) for i in range(count - 1)] + [Link(0, i, 46, 66) for i in range(2, count)]
    boxes = [Box(0, 0, 90, 86)] * count
    assert len(laid(boxes, links, ranked(count, links)).rank) == count + count - 2


def test_the_number_of_thin_boxes_is_bounded() -> None:
    """Where every node feeds every later one, long links are left whole rather than grow beyond all measure."""
    count = 60
    links = [Link(a, b, 46, 46.0 + a) for a in range(count) for b in range(a + 1, count)]
    boxes = [Box(0, 0, 90, 86)] * count
    assert len(laid(boxes, links, ranked(count, links)).rank) <= 5 * count + 200
    assert len(layered(boxes, links)) == count


def test_separate_parts_are_set_side_by_side() -> None:
    """Parts without a link between them keep the order in which one reads them, in rows."""
    boxes = [Box(0, 900.0 - 100 * i, 90, 66) for i in range(10)]
    places = layered(boxes, [])
    assert sorted(range(10), key=lambda i: (places[i][1], places[i][0])) == list(reversed(range(10)))
    assert len({y for _, y in places}) == 3


def test_a_circle_does_no_harm() -> None:
    """Links that close a circle, which only a broken network has, are laid out all the same."""
    links = [Link(0, 1, 46, 46), Link(1, 2, 46, 46), Link(2, 0, 46, 46)]
    places = layered([Box(0, 0, 90, 66)] * 3, links)
    assert len(set(places)) == 3


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0.1, 10)), max_size=8))
def test_rising_numbers_are_the_nearest(pairs: list[tuple[float, float]]) -> None:
    """They rise, keep the weighted mean, and no single step up or down of a block comes nearer."""
    wanted, weights = [a for a, _ in pairs], [w for _, w in pairs]
    found = rising(wanted, weights)
    assert all(a <= b + 1e-9 for a, b in itertools.pairwise(found))
    assert sum(w * f for w, f in zip(weights, found, strict=True)) == pytest.approx(
        sum(w * a for w, a in zip(weights, wanted, strict=True)), abs=1e-6
    )
    assert all(min(wanted) - 1e-9 <= f <= max(wanted) + 1e-9 for f in found)


def test_nothing_at_all() -> None:
    """No boxes are no problem."""
    assert layered([], []) == []


@pytest.mark.parametrize("seed", range(3))
def test_larger_networks_come_to_rest_too(seed: int) -> None:
    """With hundreds of nodes, and crossings nobody can avoid, a second time moves nothing; fewer links cross."""
    boxes, links = make_network(200, seed)
    first = layered(boxes, links)
    assert layered(at(boxes, first), links) == first
    assert crossings(at(boxes, first), links) < crossings(boxes, links)
