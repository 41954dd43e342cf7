"""The data node of a network, and what was found on the rows it trains with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradstudio.data.shelf import SHELF
from gradstudio.engine.supply import Wanted

if TYPE_CHECKING:
    from gradstudio.data.preparation import Fitted, Prepared
    from gradstudio.document.model import Document, Node


def data_node(document: Document) -> Node | None:
    """The node whose file a network learns from; None where it learns from no file."""
    return next((n for n in document.nodes.values() if n.known and not n.muted and n.params.get("record")), None)


def prepared_of(node: Node) -> Prepared:
    """All parts of a data node's table.

    Raises:
        ShapeError: if its record can't be used.
        DataProblem: if its table isn't at hand, or can't be prepared so.
    """
    table, absent = node.params.get("table"), node.params.get("absent")
    arrays = [one if isinstance(one, np.ndarray) else None for one in (table, absent)]
    return SHELF.prepared(Wanted(str(node.params["record"]), "training", *arrays))


def fitted_of(node: Node) -> Fitted:
    """How rows are prepared for a data node; raises as `prepared_of`."""
    return prepared_of(node).fitted
