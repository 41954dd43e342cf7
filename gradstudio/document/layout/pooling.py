"""The rising numbers nearest to given ones."""

from __future__ import annotations

from collections.abc import Sequence


def rising(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The rising numbers nearest to the wanted ones: weighted least squares, by pooling neighbours."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(wanted, weights, strict=True):
        pool = (value, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            before = pools.pop()
            both = before[1] + pool[1]
            pool = ((before[0] * before[1] + pool[0] * pool[1]) / both, both, before[2] + pool[2])
        pools.append(pool)
    return [value for value, _, count in pools for _ in range(count)]
