"""The gates: one small module per family, one class per gate. Importing this package registers all of them.

They appear on a shelf of the palette in the order of the imports below and, within a module, of its classes.
"""

from gradstudio.gates import (  # noqa: I001  the order is that of the palette
    sources as sources,
    data as data,
    toys as toys,
    arithmetic as arithmetic,
    functions as functions,
    elementary as elementary,
    comparison as comparison,
    linear as linear,
    reduce as reduce,
    extremes as extremes,
    spread as spread,
    activation as activation,
    maxout as maxout,
    softmax as softmax,
    smooth as smooth,
    rectifiers as rectifiers,
    layer as layer,
    convolution as convolution,
    pooling as pooling,
    normalisation as normalisation,
    dropout as dropout,
    embedding as embedding,
    attention as attention,
    self_attention as self_attention,
    recurrent as recurrent,
    loss as loss,
    paired as paired,
    regulariser as regulariser,
    shape as shape,
    arranging as arranging,
    joining as joining,
    picking as picking,
)
