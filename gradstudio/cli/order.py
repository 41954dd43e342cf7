"""What `gradstudio train` is asked for, and the network that comes of it with its data at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gradstudio.cli import networks
from gradstudio.cli.newnet import learn, network_for, remark
from gradstudio.cli.options import KeepingOptions, LearningOptions, PreparingOptions, ReadingOptions, said
from gradstudio.cli.owndata import link, prepare_anew, record_for, refuse_missing, source_of
from gradstudio.data.beside import bring

if TYPE_CHECKING:
    from gradstudio.document.model import Document


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be trained, and how.

    Attributes:
        network: a file, the name of an example, or the layers in one line where there is data.
        data: the file or shipped table it learns from; None for its own.
        anew: whether that is another file than the network was made with.
        seed: what it starts anew with; None to go on.
        out: the file to write; None for none.
        judge: the part of the data it is judged on at the end; None for none.
        reading: how the file is read.
        preparing: what is done to its rows.
        learning: how it is trained.
        keeping: what is kept of the run.
    """

    network: str
    data: str | None = None
    anew: bool = False
    seed: int | None = None
    out: Path | None = None
    judge: str | None = None
    reading: ReadingOptions = field(default_factory=ReadingOptions)
    preparing: PreparingOptions = field(default_factory=PreparingOptions)
    learning: LearningOptions = field(default_factory=LearningOptions)
    keeping: KeepingOptions = field(default_factory=KeepingOptions)

    @property
    def home(self) -> Path | None:
        """The file beside which the run is kept: the network's own, or that which is written; None for neither."""
        if self.data is not None and networks.is_line(self.network):
            return self.out
        path = Path(self.network)
        return path if path.is_file() else self.out


def network_of(order: Order) -> Document:
    """The network to train, with its data at hand.

    Raises:
        InputError: if there is no such network, or it has no place for data.
        DataProblem: if its data isn't at hand, or can't be prepared so.
    """
    if order.data is not None and networks.is_line(order.network):
        return _made(order, order.data)
    document = networks.without_data(Path(order.network))
    node = source_of(document)
    another = order.anew or (node is not None and not node.params.get("record"))
    if order.data is not None and not another:
        link(document, Path(order.data), "Give the file as it was, or take this one in its place: --anew.")
    bring(document, Path(order.network))
    if order.data is None or not another:
        refuse_missing(document, "--data")
    if said(order.reading) or said(order.preparing) or (another and order.data is not None):
        prepare_anew(document, order.data if another else None, order.reading, order.preparing)
    return document


def _made(order: Order, data: str) -> Document:
    """A network of the layers in one line, for a file."""
    document, record, ready = network_for(order.network, record_for(data, order.reading, order.preparing))
    remark(record, ready, order.preparing)
    learn(document, order.learning)
    return document
