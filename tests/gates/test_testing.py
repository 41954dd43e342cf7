"""The contract notices gates that break it: each test breaks a sound gate in one way."""

from types import MappingProxyType
from typing import ClassVar

import numpy as np
import pytest

import gradstudio.gates  # noqa: F401 (fills the catalogue)
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.gate import Gate, Param, Port, Weight
from gradstudio.testing import CONTRACT, Broken, cases, check_gate


class Sound(Gate):
    """The square of x times k, with all a gate can have."""

    id = "sound"
    title = "Sound"
    formula = r"z = k x^2"
    help = "The square of its input, times a factor."
    rule = "Sound scales: the gradient is 2 k x times the upstream one."
    inputs: ClassVar[tuple[Port, ...]] = (Port("x"),)
    numpy_forward = "{z} = {k} * {x} ** 2"
    numpy_backward = "{dx} = 2 * {k} * {x} * {dz}"
    params = MappingProxyType({"k": Param("float", 1.5, "The factor.", low=0)})

    k: float

    def shape(self, x):
        if len(x) > 2:
            raise ShapeError("Sound takes at most two axes.")
        return x

    def forward(self, x, *_):
        self.x = x
        return self.k * x**2

    def backward(self, dz):
        return 2 * self.k * self.x * dz

    def kernels(self, k):
        k.ahead(np.square, k.x[0], out=k.z)
        k.ahead(np.multiply, k.z, k.const(self.k), out=k.z)
        if k.dx[0] is not None:
            k.back(np.multiply, k.x[0], k.dz, out=k.dx[0])
            k.back(np.multiply, k.dx[0], k.const(2 * self.k), out=k.dx[0])
        return True

    def curve(self, x):
        return self.k * x**2, 2 * self.k * x

    def explain(self, inputs, upstream):
        return (f"∂f/∂x = 2kx × upstream = {2 * self.k * inputs[0] * upstream:.4g}",)


class WrongSlope(Sound):
    def backward(self, dz):
        return 2.001 * self.k * self.x * dz


class WrongShape(Sound):
    def forward(self, x):
        return np.atleast_1d(super().forward(x))


class DoublePrecision(Sound):
    def forward(self, x):
        return super().forward(np.asarray(x, np.float64))


class RefusesRudely(Sound):
    def shape(self, x):
        if len(x) > 2:
            raise ShapeError("no")
        return x


class WritesToInput(Sound):
    def forward(self, x):
        if x.flags.writeable:
            x *= 1.5
        return super().forward(x)


class WritesToUpstream(Sound):
    def backward(self, dz):
        if dz.flags.writeable:
            dz *= 2
        return super().backward(dz)


class Remembers(Sound):
    calls = 0

    def forward(self, x):
        self.calls += 1
        return super().forward(x) + (self.calls > 1)


class Random(Sound):
    def backward(self, dz):
        return super().backward(dz) + 1e-12 * np.random.default_rng().standard_normal(np.shape(dz))


class SwallowsNaN(Sound):
    def forward(self, x):
        return super().forward(np.nan_to_num(x))


class SwallowsNaNInKernels(Sound):
    def kernels(self, k):
        k.ahead(np.nan_to_num, k.x[0])
        k.ahead(np.copyto, k.z, 0)
        return True


class Overflows(Sound):
    def forward(self, x):
        super().forward(x)
        return np.exp(np.abs(x))

    def backward(self, dz):
        return np.exp(np.abs(self.x)) * np.sign(self.x) * dz


class AssumesContiguous(Sound):
    def forward(self, x):
        super().forward(x)
        return self.k * np.ravel(x, order="K").reshape(x.shape) ** 2


class AssumesForwardStrides(Sound):
    """Right for gaps and any order of axes, but not for arrays that lie backwards."""

    def forward(self, x):
        super().forward(x)
        return self.k * (x[::-1] if x.ndim and x.strides[0] < 0 else x) ** 2


class OverflowsInBetween(Sound):
    """What it gives is finite, but not what it comes by."""

    @np.errstate(all="ignore")
    def forward(self, x):
        super().forward(x)
        return self.k * (x**16) ** 0.125


class VanishesInBetween(Sound):
    """Divides by a square that is too small to be there."""

    @np.errstate(all="ignore")
    def backward(self, dz):
        return 2 * self.k * (self.x**2 / self.x**2 * self.x) * dz


class LooksAtItsNeighbours(Sound):
    elementwise = True

    def forward(self, x):
        return super().forward(x) + np.max(np.abs(x), initial=0)


class ForgetsItsParam(Sound):
    def __init__(self, **params):
        super().__init__(**params)
        self.k = np.float64(0.1) + (0 if params else 1)


class StartsAtRandom(Sound):
    weights = (Weight("w"),)

    def weight_shapes(self, *inputs):
        self.shape(*inputs)
        return inputs

    def start(self, weight, shape, rng):
        return np.random.default_rng().standard_normal(shape)

    def forward(self, x, *w):
        return super().forward(x) + w[0]

    def backward(self, dz):
        return super().backward(dz), dz


class ExplainsWrongly(Sound):
    def explain(self, inputs, upstream):
        return ("∂f/∂x = 2kx × upstream = 7",)


class CurvesWrongly(Sound):
    def curve(self, x):
        return self.k * x**2, self.k * x


class KernelsDiffer(Sound):
    def kernels(self, k):
        k.ahead(np.square, k.x[0], out=k.z)
        return True


class KernelsAddUp(Sound):
    """Right the first time only."""

    def kernels(self, k):
        total = k.scratch(k.z.shape)
        k.ahead(np.add, total, k.x[0], out=total)
        k.ahead(np.square, total, out=k.z)
        k.ahead(np.multiply, k.z, k.const(self.k), out=k.z)
        return k.dx[0] is None


class KernelsSpoilOutput(Sound):
    def kernels(self, k):
        super().kernels(k)
        k.back(np.multiply, k.z, k.const(2), out=k.z)
        return True


class KernelsOverflow(Sound):
    """Right but for a detour that large numbers don't survive."""

    def kernels(self, k):
        work = k.scratch(k.z.shape)
        super().kernels(k)
        k.ahead(np.exp, k.x[0], out=work)
        k.ahead(np.add, k.z, work, out=k.z)
        k.ahead(np.subtract, k.z, work, out=k.z)
        return k.dtype == np.float64


class KernelsAssumeRows(Sound):
    """Right where arrays lie row by row."""

    def kernels(self, k):
        super().kernels(k)
        k.ahead(np.multiply, k.z, k.const(2), out=k.z)
        k.ahead(np.multiply, k.z.reshape(-1), k.const(0.5), out=k.z.reshape(-1))
        return True


class KernelsTakeTheSeedForTwo(Sound):
    def kernels(self, k):
        super().kernels(k)
        if k.seeded and k.dx[0] is not None:
            k.back(np.add, k.dx[0], k.dx[0], out=k.dx[0])
        return True


class EvaluatesWrongly(Sound):
    """Right while training."""

    def backward(self, dz):
        return super().backward(dz) * (1 if self.mode.training else 2)

    def forward(self, x):
        return super().forward(x) + (not self.mode.training)


class ExportsWrongly(Sound):
    numpy_backward = "{dx} = 2 * {x} * {dz}"


class ExportsAnotherShape(Sound):
    numpy_backward = "{dx} = (2 * {k} * {x} * {dz})[None]"


class ExportsNothing(Sound):
    numpy_forward = ""


class ExpandsWrongly(Sound):
    def expand(self, x):
        return x.formula.one("multiply", x, x)


class Untitled(Sound):
    title = ""


class RuleIsNoSentence(Sound):
    rule = "scales"


class CallsItsParamShape(Sound):
    params = MappingProxyType({**Sound.params, "caption": Param("text", "", "A name that Gate uses.")})


class NamesPortsTwice(Sound):
    inputs = (Port("x"), Port("x"))


@pytest.mark.parametrize("truth", CONTRACT)
def test_a_sound_gate_passes(truth):
    """A gate that keeps the contract passes each check."""
    CONTRACT[truth](Sound)


BREACHES = {
    WrongSlope: "backward_is_the_derivative",
    WrongShape: "predicts_its_shape",
    DoublePrecision: "predicts_its_shape",
    RefusesRudely: "refuses_in_a_sentence",
    WritesToInput: "leaves_inputs_alone",
    WritesToUpstream: "leaves_inputs_alone",
    Remembers: "is_deterministic",
    Random: "is_deterministic",
    SwallowsNaN: "passes_nan_on",
    SwallowsNaNInKernels: "passes_nan_on",
    AssumesContiguous: "takes_strided_arrays",
    AssumesForwardStrides: "takes_strided_arrays",
    OverflowsInBetween: "stays_finite",
    VanishesInBetween: "stays_finite",
    LooksAtItsNeighbours: "is_elementwise_if_it_says_so",
    ForgetsItsParam: "survives_a_file",
    StartsAtRandom: "starts_its_weights",
    ExplainsWrongly: "explains_with_numbers",
    CurvesWrongly: "draws_its_curve",
    KernelsDiffer: "kernels_agree",
    KernelsAddUp: "kernels_agree",
    KernelsSpoilOutput: "kernels_agree",
    KernelsOverflow: "kernels_agree_when_large",
    KernelsAssumeRows: "kernels_take_any_memory_order",
    KernelsTakeTheSeedForTwo: "kernels_take_any_memory_order",
    EvaluatesWrongly: "backward_is_the_derivative",
    ExportsWrongly: "exports_numpy",
    ExportsAnotherShape: "exports_numpy",
    ExportsNothing: "exports_numpy",
    ExpandsWrongly: "the_gates_inside_it_compute_the_same",
    Untitled: "declares_itself",
    RuleIsNoSentence: "declares_itself",
    CallsItsParamShape: "describes_its_params",
    NamesPortsTwice: "names_its_parts",
}


@pytest.mark.parametrize(("gate", "truth"), BREACHES.items(), ids=lambda part: getattr(part, "__name__", part))
def test_a_breach_is_noticed(gate, truth):
    """The check made for it names the gate that breaks the contract."""
    with pytest.raises(Broken, match=gate.__name__):
        CONTRACT[truth](gate)


def test_a_warning_is_an_error():
    """A gate that overflows aloud at ±10⁴ is refused."""
    with pytest.raises(RuntimeWarning, match="overflow"):
        CONTRACT["stays_quiet_when_large"](Overflows)


def test_a_gate_that_takes_no_shape_is_named():
    """Where no shape tried is taken, the sentence says so rather than passing unseen."""

    class Refuses(Sound):
        def shape(self, x):
            raise ShapeError("Refuses takes nothing at all.")

    with pytest.raises(Broken, match="Refuses takes none of the shapes"):
        check_gate(Refuses)


def test_a_setting_that_takes_no_shape_is_named():
    """Every value of a param that is tried must leave some shapes the gate takes."""

    class RefusesHalf(Sound):
        def shape(self, x):
            if self.k == 0.5:
                raise ShapeError("RefusesHalf takes nothing for k = 0.5.")
            return x

    with pytest.raises(Broken, match=r"none of the shapes tried with \{'k': 0.5\}"):
        check_gate(RefusesHalf)


def test_every_check_has_a_breach():
    """No check of the contract is left untried."""
    assert set(CONTRACT) == {*BREACHES.values(), "stays_quiet_when_large"}


class SoundPair(Sound):
    """The square of x times k, and x itself: two outputs."""

    outputs: ClassVar[tuple[Port, ...]] = (Port("square"), Port("same"))
    numpy_forward = "{square} = {k} * {x} ** 2\n{same} = {x}"
    numpy_backward = "{dx} = 2 * {k} * {x} * {dsquare} + {dsame}"

    def shape(self, x):
        return super().shape(x), x

    def forward(self, x):
        return super().forward(x), x

    def backward(self, dsquare, dsame):  # type: ignore[override]
        return super().backward(dsquare) + dsame

    def kernels(self, k):
        return False

    def curve(self, x):
        return None

    def explain(self, inputs, upstream):
        return ()


class ForgetsAnOutput(SoundPair):
    def backward(self, dsquare, dsame):  # type: ignore[override]
        return 2 * self.k * self.x * dsquare


class ExportsOneOutputWrongly(SoundPair):
    numpy_forward = "{square} = {k} * {x} ** 2\n{same} = -{x}"


def test_a_gate_may_have_several_outputs():
    """A sound gate of two outputs keeps the whole contract; what is wrong with the second is noticed too."""
    check_gate(SoundPair)
    with pytest.raises(Broken, match="ForgetsAnOutput"):
        CONTRACT["backward_is_the_derivative"](ForgetsAnOutput)
    with pytest.raises(Broken, match="ExportsOneOutputWrongly"):
        CONTRACT["exports_numpy"](ExportsOneOutputWrongly)


def test_a_text_is_guessed_and_need_not_fit():
    """A text param is tried with texts that may mean something; those no shape fits are left out."""

    class TakesAxes(Sound):
        params = MappingProxyType({**Sound.params, "axes": Param("text", "", "Some axes of its input.")})
        axes: str

        def shape(self, x):
            if self.axes not in ("", "0"):
                raise ShapeError("TakesAxes takes no such axes.")
            return x

    check_gate(TakesAxes)
    assert "0" in {case.params.get("axes") for case in cases(TakesAxes)}


def test_state_has_no_gradient():
    """A weight that isn't learned is given, positive as variances are, and no gradient of it is asked for."""

    class Stateful(Sound):
        weights = (Weight("seen", learned=False),)
        numpy_forward = "{z} = {k} * {x} ** 2 + {seen}"

        def weight_shapes(self, *inputs):
            self.shape(*inputs)
            return inputs

        def start(self, weight, shape, rng):
            return np.zeros(shape)

        def forward(self, x, seen):
            assert (seen > 0).all()
            return super().forward(x) + seen

        def backward(self, dz):
            return super().backward(dz), None

        def kernels(self, k):
            return False

        def curve(self, x):
            return None

        def explain(self, inputs, upstream):
            return ()

    check_gate(Stateful)
