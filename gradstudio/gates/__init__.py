"""The gates: one small module per family, one class per gate. Importing this package registers all of them.

They appear on a shelf of the palette in the order of the imports below and, within a module, of its classes.
"""

from gradstudio.gates import (  # noqa: I001  the order is that of the palette
    sources as sources,
    arithmetic as arithmetic,
    functions as functions,
    linear as linear,
    reduce as reduce,
    activation as activation,
    maxout as maxout,
    layer as layer,
    convolution as convolution,
    pooling as pooling,
    normalisation as normalisation,
    dropout as dropout,
    embedding as embedding,
    loss as loss,
    paired as paired,
    regulariser as regulariser,
)
