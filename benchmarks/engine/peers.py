"""The peers by name: which module runs them, with which packages, on which workloads."""

from __future__ import annotations

from dataclasses import dataclass

OURS = "gradstudio"
REFERENCE = "torch:eager"
"""What the ratios of the JSON rows refer to."""
FLOOR = "floor"
DEFAULT = (OURS, REFERENCE, "jax", "numpy")


@dataclass(frozen=True, slots=True)
class Peer:
    """One column of the table.

    Attributes:
        name: on the command line and in the rows.
        packages: what pip installs for it; none where it runs with the interpreter that runs the benchmark.
        hopeless: workloads it doesn't come to an end with.
        reason: why not.
        computes: whether its losses can be compared; the floor's can't.
    """

    name: str
    packages: tuple[str, ...] = ()
    hopeless: tuple[str, ...] = ()
    reason: str = ""
    computes: bool = True

    @property
    def module(self) -> str:
        """The module in this package that builds its runners."""
        return f"benchmarks.engine.peer_{self.name.partition(':')[0]}"

    @property
    def variant(self) -> str:
        """What that module is told."""
        return self.name.partition(":")[2]

    @property
    def distributions(self) -> tuple[str, ...]:
        """Its packages without their versions."""
        return tuple(package.partition("=")[0] for package in self.packages)


_LARGE = ("g5", "g5deep")
_TRACING = "compiling so many gates takes it far too long"

PEERS = {
    peer.name: peer
    for peer in (
        Peer(OURS),
        Peer(REFERENCE, ("numpy", "torch==2.13.0")),
        Peer("torch:compile", ("numpy", "torch==2.13.0"), _LARGE, _TRACING),
        Peer("jax", ("numpy", "jax", "jaxlib"), _LARGE, _TRACING),
        Peer("numpy"),
        Peer("autograd", ("numpy", "autograd")),
        Peer("tinygrad", ("numpy", "tinygrad"), _LARGE, _TRACING),
        Peer("micrograd", ("numpy", "micrograd")),
        Peer(FLOOR, computes=False),
    )
}
