"""Recurrent layers in place. Everything lies step by step, then feature by feature, then in the order of the batch.

So a step is one piece of memory: one product with the state before, and a few calls on whole blocks. What of the slopes
doesn't depend on what flows back is worked out for all steps at once; what flows back is then turned over, feature by
feature, so that what the weights get from all steps is one product each.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from gradstudio.engine.gate import Array, Kernels


class RecurrentCalls:
    """The calls of a recurrent layer.

    Args:
        k: to add the calls to.
        units: of the cell.
        every: whether all states are given.

    Attributes:
        x: the inputs, steps × features × batch.
        a: what inputs contribute to each block, and then the activations: steps × blocks·units × batch.
        h: the states, the first of them 0: (steps + 1) × units × batch.
        da: what flows back to `a` as it was before activations.
        hidden: what flows back to the products with the states; `da` where that is the same.
        dh: what flows back to the state of the step that is worked on.
    """

    blocks: ClassVar[int]

    def __init__(self, k: Kernels, units: int, every: bool) -> None:
        self.k, self.units, self.every = k, units, every
        self.n, self.steps, features = k.x[0].shape
        self.W_ih, self.W_hh, *self.biases = k.x[1:]
        self.x = k.scratch((self.steps, features, self.n))
        self.a = self.like_steps(self.blocks)
        self.h = k.scratch((self.steps + 1, units, self.n))
        self.prepare()

    def prepare(self) -> None:
        """Further arrays for the way ahead."""

    def step_ahead(self, t: int) -> None:
        """From state t to the next one."""
        raise NotImplementedError

    def slopes_back(self) -> None:
        """What of the way back is the same whatever flows back."""
        raise NotImplementedError

    def step_back(self, t: int) -> None:
        """From `dh` to `da` (and `hidden`) of step t."""
        raise NotImplementedError

    def state_back(self, t: int) -> None:
        """From step t to the `dh` of the step before."""
        self.k.product_back(self.W_hh, self.hidden[t], self.dh)

    def emit(self) -> None:
        """Add all calls."""
        k = self.k
        k.ahead(np.copyto, self.x, k.x[0].transpose(1, 2, 0))
        k.product_ahead(self.W_ih.T, self.x, self.a)
        k.ahead(np.add, self.a, self.biases[0][:, None], out=self.a)
        for t in range(self.steps):
            self.step_ahead(t)
        k.ahead(np.copyto, *((k.z.transpose(1, 2, 0), self.h[1:]) if self.every else (k.z.T, self.h[-1])))
        if any(dx is not None for dx in k.dx):
            self._through_time()
            self._weights_back()

    def _through_time(self) -> None:
        k, last = self.k, self.steps - 1
        self.da = self.hidden = self.like_steps(self.blocks)
        self.dh = self.like_state()
        self.slopes_back()
        k.back(np.copyto, self.dh, k.dz[:, last].T if self.every else k.dz.T)
        for t in range(last, -1, -1):
            self.step_back(t)
            if t:
                self.state_back(t)
            if t and self.every:
                k.back(np.add, self.dh, k.dz[:, t - 1].T, out=self.dh)

    def _weights_back(self) -> None:
        k, dx, dW_ih, dW_hh, *biases = self.k, *self.k.dx
        da = self._turned(self.da)
        hidden = da if self.hidden is self.da else self._turned(self.hidden)
        if dW_ih is not None:
            k.product_back(self._turned(self.x), da.T, dW_ih)
        if dW_hh is not None:
            k.product_back(self._turned(self.h[:-1]), hidden.T, dW_hh)
        for db, given in zip(biases, (da, hidden), strict=False):
            if db is not None:
                k.back(np.add.reduce, given, axis=1, out=db)
        if dx is not None:
            made = k.scratch((len(self.W_ih), self.steps * self.n))
            k.product_back(self.W_ih, da, made)
            k.back(np.copyto, dx.transpose(2, 1, 0), made.reshape(len(made), self.steps, self.n))

    def _turned(self, array: Array) -> Array:
        """Features × (steps and batch as one axis): a copy, made on the way back."""
        steps, features, n = array.shape
        made = self.k.scratch((features, steps, n))
        self.k.back(np.copyto, made, array.transpose(1, 0, 2))
        return made.reshape(features, steps * n)

    # ---- for the cells

    def like_steps(self, blocks: int) -> Array:
        """A work array of so many blocks for all steps."""
        return self.k.scratch((self.steps, blocks * self.units, self.n))

    def like_state(self, blocks: int = 1) -> Array:
        """A work array of so many blocks for one step."""
        return self.k.scratch((blocks * self.units, self.n))

    def block(self, array: Array, first: int, count: int = 1) -> Array:
        """Some of the blocks of an array, of one step or of all."""
        return array[..., first * self.units : (first + count) * self.units, :]

    def slope_of_sigmoid(self, s: Array, square: Array, out: Array) -> None:
        """Add s − s² to the way back."""
        self.k.back(np.subtract, s, square, out=out)

    def slope_of_tanh(self, square: Array, out: Array) -> None:
        """Add 1 − tanh² to the way back."""
        self.k.back(np.subtract, self.k.const(1), square, out=out)


class RNNCalls(RecurrentCalls):
    """Two calls a step beside the product; one on the way back."""

    blocks = 1

    def prepare(self) -> None:
        """What the state before contributes."""
        self.u = self.like_state()

    def step_ahead(self, t: int) -> None:
        """tanh of the sum."""
        k, a = self.k, self.a[t]
        k.product_ahead(self.W_hh.T, self.h[t], self.u)
        k.ahead(np.add, a, self.u, out=a)
        k.ahead(np.tanh, a, out=self.h[t + 1])

    def slopes_back(self) -> None:
        """1 − h²."""
        self.slope = self.like_steps(1)
        self.k.back(np.square, self.h[1:], out=self.slope)
        self.slope_of_tanh(self.slope, self.slope)

    def step_back(self, t: int) -> None:
        """Upstream × slope."""
        self.k.back(np.multiply, self.dh, self.slope[t], out=self.da[t])


class GRUCalls(RecurrentCalls):
    """Blocks r, z, n. A sigmoid is ½ + ½ tanh(½ a)."""

    blocks = 3

    def prepare(self) -> None:
        """What the states before contribute is needed again on the way back."""
        self.u, self.work = self.like_steps(3), self.like_state()

    def step_ahead(self, t: int) -> None:
        """Gates, what is new, and as much of it as isn't kept."""
        k, a, u, work, half = self.k, self.a[t], self.u[t], self.work, self.k.const(0.5)
        r, z, n = (self.block(a, i) for i in range(3))
        gates, before = self.block(a, 0, 2), self.h[t]
        k.product_ahead(self.W_hh.T, before, u)
        k.ahead(np.add, u, self.biases[1][:, None], out=u)
        k.ahead(np.add, gates, self.block(u, 0, 2), out=gates)
        k.ahead(np.multiply, gates, half, out=gates)
        k.ahead(np.tanh, gates, out=gates)
        k.ahead(np.multiply, gates, half, out=gates)
        k.ahead(np.add, gates, half, out=gates)
        k.ahead(np.multiply, r, self.block(u, 2), out=work)
        k.ahead(np.add, n, work, out=n)
        k.ahead(np.tanh, n, out=n)
        k.ahead(np.subtract, before, n, out=work)
        k.ahead(np.multiply, work, z, out=work)
        k.ahead(np.add, n, work, out=self.h[t + 1])

    def slopes_back(self) -> None:
        """For n (1 − z) × its slope, for z (h − n) × its slope, and for r as a share of n's u × its slope."""
        k, a, block = self.k, self.a, self.block
        self.hidden = self.like_steps(3)
        self.slope, work = self.like_steps(3), self.like_steps(1)
        slope = self.slope
        k.back(np.square, a, out=slope)
        self.slope_of_sigmoid(block(a, 0, 2), block(slope, 0, 2), block(slope, 0, 2))
        self.slope_of_tanh(block(slope, 2), block(slope, 2))
        k.back(np.multiply, block(slope, 0), block(self.u, 2), out=block(slope, 0))
        k.back(np.subtract, self.h[:-1], block(a, 2), out=work)
        k.back(np.multiply, block(slope, 1), work, out=block(slope, 1))
        k.back(np.subtract, k.const(1), block(a, 1), out=work)
        k.back(np.multiply, block(slope, 2), work, out=block(slope, 2))

    def step_back(self, t: int) -> None:
        """To n and z, by way of n to r; what reaches the product of n is reset."""
        k, dh, slope, da, hidden = self.k, self.dh, self.slope[t], self.da[t], self.hidden[t]
        new = self.block(da, 2)
        k.back(np.multiply, dh, self.block(slope, 2), out=new)
        k.back(np.multiply, dh, self.block(slope, 1), out=self.block(da, 1))
        k.back(np.multiply, new, self.block(slope, 0), out=self.block(da, 0))
        k.back(np.copyto, self.block(hidden, 0, 2), self.block(da, 0, 2))
        k.back(np.multiply, new, self.block(self.a[t], 0), out=self.block(hidden, 2))

    def state_back(self, t: int) -> None:
        """By the matrix, and what was kept."""
        self.k.back(np.multiply, self.dh, self.block(self.a[t], 1), out=self.work)
        super().state_back(t)
        self.k.back(np.add, self.dh, self.work, out=self.dh)


class LSTMCalls(RecurrentCalls):
    """Blocks i, f, g, o, of which all but g are sigmoids: ½ + ½ tanh(½ a).

    Attributes:
        c: the memory, at first 0, as `h` lies.
        read: tanh of it.
    """

    blocks = 4

    def prepare(self) -> None:
        """The memory; and what makes of one tanh four activations."""
        k, ones = self.k, np.ones((self.units, 1))
        self.u, self.work = self.like_state(4), self.like_state()
        self.c, self.read = k.scratch(self.h.shape), self.like_steps(1)
        self.scale = np.concatenate([ones / 2, ones / 2, ones, ones / 2]).astype(k.dtype)
        self.shift = np.concatenate([ones / 2, ones / 2, 0 * ones, ones / 2]).astype(k.dtype)

    def step_ahead(self, t: int) -> None:
        """Gates, memory, and what is read of it."""
        k, a, c = self.k, self.a[t], self.c[t + 1]
        i, f, g, o = (self.block(a, b) for b in range(4))
        k.product_ahead(self.W_hh.T, self.h[t], self.u)
        k.ahead(np.add, a, self.u, out=a)
        k.ahead(np.multiply, a, self.scale, out=a)
        k.ahead(np.tanh, a, out=a)
        k.ahead(np.multiply, a, self.scale, out=a)
        k.ahead(np.add, a, self.shift, out=a)
        k.ahead(np.multiply, f, self.c[t], out=c)
        k.ahead(np.multiply, i, g, out=self.work)
        k.ahead(np.add, c, self.work, out=c)
        k.ahead(np.tanh, c, out=self.read[t])
        k.ahead(np.multiply, o, self.read[t], out=self.h[t + 1])

    def slopes_back(self) -> None:
        """For each gate its slope × what it is multiplied by; o × the slope of what is read; no memory flows yet."""
        k, a, block = self.k, self.a, self.block
        self.slope, self.of_memory, self.dc = self.like_steps(4), self.like_steps(1), self.like_state()
        slope = self.slope
        k.back(np.square, a, out=slope)
        for first, count in ((0, 2), (3, 1)):
            self.slope_of_sigmoid(block(a, first, count), block(slope, first, count), block(slope, first, count))
        self.slope_of_tanh(block(slope, 2), block(slope, 2))
        for number, factor in enumerate((block(a, 2), self.c[:-1], block(a, 0), self.read)):
            k.back(np.multiply, block(slope, number), factor, out=block(slope, number))
        k.back(np.square, self.read, out=self.of_memory)
        self.slope_of_tanh(self.of_memory, self.of_memory)
        k.back(np.multiply, self.of_memory, block(a, 3), out=self.of_memory)
        k.back(np.copyto, self.dc, k.const(0))

    def step_back(self, t: int) -> None:
        """What is read goes to the memory and to o, the memory to the other three and to the memory before."""
        k, dc, slope, da = self.k, self.dc, self.slope[t], self.da[t]
        three = (3, self.units, self.n)
        k.back(np.multiply, self.dh, self.of_memory[t], out=self.work)
        k.back(np.add, dc, self.work, out=dc)
        k.back(np.multiply, self.block(slope, 0, 3).reshape(three), dc, out=self.block(da, 0, 3).reshape(three))
        k.back(np.multiply, self.block(slope, 3), self.dh, out=self.block(da, 3))
        k.back(np.multiply, dc, self.block(self.a[t], 1), out=dc)
