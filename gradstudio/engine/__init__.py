"""The mathematics of GradStudio: gates, graphs, plans and gradients. It imports numpy and nothing else.

Read in this order: `gate` (what a gate declares), `catalog` (id -> gate class), `graph` (gates wired together),
`plan` (a graph made ready to run), `backprop` (the two passes in twenty lines), `gradcheck` (is it right?), `formula`
(graphs written down in Python), `descent` (trained in one loop), `jacobian` (whole matrices, where somebody asks).

What is imported below is all that is needed to use it by itself; docs/engine.md shows how.
"""

from gradstudio.engine.catalog import CATALOG as CATALOG
from gradstudio.engine.catalog import register as register
from gradstudio.engine.descent import train as train
from gradstudio.engine.errors import EngineError as EngineError
from gradstudio.engine.errors import GraphError as GraphError
from gradstudio.engine.errors import MemoryRefused as MemoryRefused
from gradstudio.engine.errors import NotFinite as NotFinite
from gradstudio.engine.errors import ParamError as ParamError
from gradstudio.engine.errors import ShapeError as ShapeError
from gradstudio.engine.errors import UnknownGate as UnknownGate
from gradstudio.engine.formula import Expression as Expression
from gradstudio.engine.formula import Formula as Formula
from gradstudio.engine.gate import Gate as Gate
from gradstudio.engine.gate import Mode as Mode
from gradstudio.engine.gate import Param as Param
from gradstudio.engine.gate import Port as Port
from gradstudio.engine.gate import Weight as Weight
from gradstudio.engine.gradcheck import GradientChecker as GradientChecker
from gradstudio.engine.graph import Graph as Graph
from gradstudio.engine.graph import GraphBuilder as GraphBuilder
from gradstudio.engine.graph import Slot as Slot
from gradstudio.engine.jacobian import Jacobian as Jacobian
from gradstudio.engine.jacobian import jacobian as jacobian
from gradstudio.engine.jacobian import local_jacobian as local_jacobian
from gradstudio.engine.optimizers import SGD as SGD
from gradstudio.engine.optimizers import Adam as Adam
from gradstudio.engine.optimizers import Momentum as Momentum
from gradstudio.engine.plan import Plan as Plan
