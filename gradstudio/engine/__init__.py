"""The mathematics of GradStudio: gates, graphs, plans and gradients. It imports numpy and nothing else.

Read in this order: `gate` (what a gate declares), `catalog` (id -> gate class), `graph` (gates wired together),
`plan` (a graph made ready to run), `backprop` (the two passes in twenty lines), `gradcheck` (is it right?).
"""
