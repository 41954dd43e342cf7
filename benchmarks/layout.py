"""How long a layered layout takes: `python -m benchmarks.layout` (`--nodes 1000 5000`)."""

from __future__ import annotations

import argparse
import random
import time

from gradstudio.document.layout import Box, Link, layered
from gradstudio.document.layout.order import Columns
from gradstudio.document.layout.ranks import ranked
from gradstudio.document.layout.strands import laid


def make_network(count: int, seed: int = 0) -> tuple[list[Box], list[Link]]:
    """A random network in layers, with some wires over several of them."""
    dice = random.Random(seed)
    rows = max(2, int(count**0.5 * 0.8))
    boxes, links = [], []
    for i in range(count):
        layer, row = divmod(i, rows)
        size = dice.choice((90, 110, 130)), dice.choice((66, 86, 106))
        boxes.append(Box(layer * 200.0, row * 120.0, *size))
        for port in range(dice.choice((1, 1, 2, 2)) if layer else 0):
            back = min(layer, 1 if dice.random() < 0.85 else dice.randint(1, 5))
            source = (layer - back) * rows + min(max(round(dice.gauss(row, 3)), 0), rows - 1)
            links.append(Link(source, i, 46.0, 46.0 + 20 * port))
    return boxes, links


def crossings(boxes: list[Box], links: list[Link]) -> int:
    """Crossings between neighbouring layers with the boxes in their present order."""
    columns = Columns(laid(boxes, links, ranked(len(boxes), links)))
    columns.thread()
    return columns.crossings()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, nargs="+", default=[100, 1000, 5000, 10000])
    for count in parser.parse_args().nodes:
        boxes, links = make_network(count)
        start = time.perf_counter()
        places = layered(boxes, links)
        seconds = time.perf_counter() - start
        after = [Box(x, y, box.width, box.height) for box, (x, y) in zip(boxes, places, strict=True)]
        before, now = crossings(boxes, links), crossings(after, links)
        print(f"{count:>6} nodes  {len(links):>6} wires  {seconds:6.2f} s  crossings {before:,} -> {now:,}")


if __name__ == "__main__":
    main()
