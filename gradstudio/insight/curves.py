"""All activations of a network, each where it works on its curve: one look for each, so that each has its turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradstudio.engine.errors import GraphError
from gradstudio.training.activations import Activations

if TYPE_CHECKING:
    from gradstudio.training.looks import Scene
    from gradstudio.training.snapshot import ActivationSample


@dataclass(frozen=True, slots=True)
class CurveLook:
    """A look at one gate of a single variable.

    Attributes:
        node: document node.
    """

    node: int

    def see(self, scene: Scene) -> ActivationSample:
        """Its curve, and how its inputs and outputs lie.

        Raises:
            GraphError: where it isn't computed.
        """
        sample = Activations(scene.plan, scene.compiled).sample(self.node)
        if sample is None:
            raise GraphError("Nothing goes in yet: wire its input.")
        return sample
