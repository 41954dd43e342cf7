"""Which column each box stands in: behind all that feed it, and as near as can be to what it feeds."""

from __future__ import annotations

from collections.abc import Sequence

from gradstudio.document.layout.boxes import Link

_PASSES = 4


def ranked(count: int, links: Sequence[Link]) -> list[int]:
    """The column of every box, from 0 on; links that close a circle are left out of account."""
    into: list[list[int]] = [[] for _ in range(count)]
    out: list[list[int]] = [[] for _ in range(count)]
    for link in links:
        into[link.target].append(link.source)
        out[link.source].append(link.target)
    order = _sorted(into, out)
    place = {box: i for i, box in enumerate(order)}
    into = [[s for s in into[box] if place[s] < place[box]] for box in range(count)]
    out = [[t for t in out[box] if place[t] > place[box]] for box in range(count)]
    rank = [0] * count
    for box in order:
        rank[box] = max((rank[s] + 1 for s in into[box]), default=0)
    for _ in range(_PASSES):
        if not _tightened(order, into, out, rank):
            break
    first = min(rank, default=0)
    return [r - first for r in rank]


def _sorted(into: list[list[int]], out: list[list[int]]) -> list[int]:
    """Boxes after all that feed them; of boxes in a circle the first comes first."""
    waiting = [len(sources) for sources in into]
    ready = [box for box, n in enumerate(waiting) if n == 0]
    order: list[int] = []
    done = [False] * len(into)
    left = 0
    while len(order) < len(into):
        while ready:
            box = ready.pop()
            if done[box]:
                continue
            done[box] = True
            order.append(box)
            for target in out[box]:
                waiting[target] -= 1
                if waiting[target] == 0:
                    ready.append(target)
        while left < len(into) and done[left]:
            left += 1
        if left < len(into):
            ready.append(left)
    return order


def _tightened(order: list[int], into: list[list[int]], out: list[list[int]], rank: list[int]) -> bool:
    """Move boxes towards where most of their links go, as far as there is room; says whether any moved."""
    moved = False
    for box in reversed(order):
        pull = len(out[box]) - len(into[box])
        if pull > 0:
            wanted = min(rank[t] for t in out[box]) - 1
        elif pull < 0 or not into[box]:
            wanted = max((rank[s] + 1 for s in into[box]), default=rank[box])
        else:
            continue
        moved = moved or wanted != rank[box]
        rank[box] = wanted
    return moved
