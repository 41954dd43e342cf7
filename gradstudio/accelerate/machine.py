"""The compiled part: one function that goes through a list of instructions without the interpreter.

numba compiles it when this module is imported, once for a machine: the result is kept on disk. `instructions` writes
what is read here; the words of each instruction stand at its function. Nothing here knows what is computed, and every
sum and product is made as numpy makes it, to the last bit. Memory is read and written by address: with numba's own
arrays compiling would take many times as long.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

LOOP, WIDEN, COPY, GRID, TILES, TAKE, PUT, PRODUCT, SUMS, SWEEP = range(10)
"""As in `instructions`; written here too, since numba compiles anew only what has changed in this file."""

_WORD, _BYTE = ir.IntType(64), ir.IntType(8)
_word = types.int64


def _inline(function: Any) -> Any:
    """A function that writes machine code where it is called."""
    return intrinsic(function)


@_inline
def _call(_context: Any, _function: Any, _first: Any, _data: Any, _dims: Any, _strides: Any, _extra: Any) -> Any:
    """function(context, data, dims, strides, extra), one of numpy's inner loops."""

    def generate(codegen: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = _BYTE.as_pointer()
        kind = ir.FunctionType(ir.IntType(32), [pointer] * 5).as_pointer()
        builder.call(builder.inttoptr(arguments[0], kind), [builder.inttoptr(a, pointer) for a in arguments[1:]])
        return codegen.get_dummy_value()

    return types.void(*(_word,) * 6), generate


@_inline
def _get(_context: Any, _address: Any, _i: Any, like: Any) -> Any:
    """Entry i of what lies at an address, of the type of the last argument."""

    def generate(_codegen: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.load(_entry(builder, arguments))

    return types.unliteral(like)(_word, _word, types.unliteral(like)), generate


@_inline
def _set(_context: Any, _address: Any, _i: Any, value: Any) -> Any:
    """Write entry i of what lies at an address."""

    def generate(codegen: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], _entry(builder, arguments))
        return codegen.get_dummy_value()

    return types.void(_word, _word, types.unliteral(value)), generate


@_inline
def _inside(_context: Any, _i: Any, _size: Any) -> Any:
    """The number from 0 to size - 1 that is nearest to i."""

    def generate(_codegen: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        i, size = arguments
        zero, one = ir.Constant(_WORD, 0), ir.Constant(_WORD, 1)
        i = builder.select(builder.icmp_signed("<", i, size), i, builder.sub(size, one))
        return builder.select(builder.icmp_signed("<", i, zero), zero, i)

    return _word(_word, _word), generate


def _entry(builder: Any, arguments: Any) -> Any:
    address, i, like = arguments
    return builder.gep(builder.inttoptr(address, like.type.as_pointer()), [i])


def _part(function: Any) -> Any:
    """Compiled, to be called by compiled code only."""
    return njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)


@_part
def _flat(at: int) -> None:
    """LOOP, length, operands, function, context, extra, entries, addresses, steps, room for addresses.

    Or WIDEN, length, 2, bytes, -, -, entries, address of bools, address of reals, 1, bytes, room.
    Or COPY, length, 2, bytes, -, -, entries, two addresses, two steps, room.
    """
    what, wide = _get(at, 0, 0), _get(at, 3, 0) == 8
    if what == LOOP:
        steps = at + 56 + 8 * _get(at, 2, 0)
        room = steps + 8 * _get(at, 2, 0)
        _copy(at + 56, room, _get(at, 2, 0))
        _call(_get(at, 3, 0), _get(at, 4, 0), room, at + 48, steps, _get(at, 5, 0))
    elif what == WIDEN and wide:
        _widen(at, np.float64(0), np.float64(1))
    elif what == WIDEN:
        _widen(at, np.float32(0), np.float32(1))
    elif wide:
        _strided(at, np.int64(0))
    else:
        _strided(at, np.int32(0))


@_part
def _copy(words: int, room: int, many: int) -> None:
    for k in range(many):
        _set(room, k, _get(words, k, 0))


@_part
def _widen(at: int, zero: Any, one: Any) -> None:
    bools, reals = _get(at, 7, 0), _get(at, 8, 0)
    for i in range(_get(at, 6, 0)):
        _set(reals, i, one if _get(bools, i, np.uint8(0)) else zero)


@_part
def _strided(at: int, like: Any) -> None:
    n, width, source, out = _get(at, 6, 0), _get(at, 3, 0), _get(at, 7, 0), _get(at, 8, 0)
    step, out_step = _get(at, 9, 0), _get(at, 10, 0)
    if step == out_step == width:
        for i in range(n):
            _set(out, i, _get(source, i, like))
    else:
        for i in range(n):
            _set(out + i * out_step, 0, _get(source + i * step, 0, like))


@_part
def _grid(at: int) -> None:
    """GRID, length, axes, a flat instruction, for each axis: entries, steps, 0. All is as before in the end."""
    inner, operands = at + 24, _get(at, 5, 0)
    outer, width = inner + 8 * _get(at, 4, 0), 8 * (operands + 2)
    last = outer + (_get(at, 2, 0) - 1) * width
    axis = last
    while axis >= outer:
        _flat(inner)
        axis = last
        while axis >= outer:
            entries, done = _get(axis, 0, 0), _get(axis, operands + 1, 0) + 1
            _move(inner + 56, axis + 8, operands, 1 - entries if done == entries else 1)
            _set(axis, operands + 1, 0 if done == entries else done)
            if done < entries:
                break
            axis -= width


@_part
def _move(addresses: int, steps: int, operands: int, times: int) -> None:
    for k in range(operands):
        _set(addresses, k, _get(addresses, k, 0) + _get(steps, k, 0) * times)


@_part
def _tiles(at: int) -> None:
    """TILES, length, entries, block, flat instructions, each with the steps to its next block behind it."""
    entries, block, end = _get(at, 2, 0), _get(at, 3, 0), at + 8 * _get(at, 1, 0)
    blocks = (entries + block - 1) // block
    for done in range(blocks + 1):
        row = at + 32
        while row < end:
            operands, steps = _get(row, 2, 0), row + 8 * _get(row, 1, 0)
            if done < blocks:
                _set(row, 6, min(block, entries - done * block))
                _flat(row)
            _move(row + 56, steps, operands, 1 if done < blocks else -blocks)
            row = steps + 8 * operands


@_part
def _take(at: int, like: Any) -> None:
    """TAKE, length, bytes, source, its entries, places, their number, out."""
    source, size, places, out = _get(at, 3, 0), _get(at, 4, 0), _get(at, 5, 0), _get(at, 7, 0)
    for i in range(_get(at, 6, 0)):
        _set(out, i, _get(source, _inside(_get(places, i, 0), size), like))


@_part
def _put(at: int, like: Any) -> None:
    """PUT, length, bytes, out, its entries, places, their number, source."""
    out, size, places, source = _get(at, 3, 0), _get(at, 4, 0), _get(at, 5, 0), _get(at, 7, 0)
    for i in range(_get(at, 6, 0)):
        _set(out, _inside(_get(places, i, 0), size), _get(source, i, like))


@_part
def _sums(at: int, like: Any) -> None:
    """SUMS, length, bytes, parts, their number, starts, their number, out, and room for a call.

    In numpy's order: the first part + the sum of the others; eight or more of these are left to numpy's own loop.
    """
    parts, size, starts, n, out = _get(at, 3, 0), _get(at, 4, 0), _get(at, 5, 0), _get(at, 6, 0), _get(at, 7, 0)
    low = _inside(_get(starts, 0, 0), size)
    for i in range(n):
        end = size if i + 1 == n else _inside(_get(starts, i + 1, 0), size + 1)
        total, many = _get(parts, low, like), end - low
        if many > 8:
            total = _add_many(at, low + 1, many - 1, total)
        elif many > 1:
            others = _get(parts, low + 1, like)
            for k in range(low + 2, end):
                others += _get(parts, k, like)
            total += others
        _set(out, i, total)
        low = min(end, size - 1)


@_part
def _factor(at: int, like: Any) -> None:
    """Before the sums of a SWEEP; behind the words of SUMS it has a whole, its entries, places, factors.

    The parts are made: each is the entry at a place × a factor.
    """
    parts, whole, size = _get(at, 3, 0), _get(at, 19, 0), _get(at, 20, 0)
    places, factors = _get(at, 21, 0), _get(at, 22, 0)
    for k in range(_get(at, 4, 0)):
        _set(parts, k, _get(whole, _inside(_get(places, k, 0), size), like) * _get(factors, k, like))


@_part
def _add_many(at: int, low: int, many: int, total: Any) -> Any:
    """A number + the sum of many parts. Room: function, context, extra, entries, addresses, steps, the number."""
    here = at + 64
    _set(here + 80, 0, total)
    _set(here, 3, many)
    _set(here, 4, here + 80)
    _set(here, 5, _get(at, 3, 0) + low * _get(at, 2, 0))
    _set(here, 6, here + 80)
    _call(_get(here, 0, 0), _get(here, 1, 0), here + 32, here + 24, here + 56, _get(here, 2, 0))
    return _get(here + 80, 0, total)


@_part
def _product(at: int) -> None:
    """PRODUCT, length, function, context, extra, three addresses, four lengths, nine steps, room for addresses."""
    _copy(at + 40, at + 168, 3)
    _call(_get(at, 2, 0), _get(at, 3, 0), at + 168, at + 64, at + 96, _get(at, 4, 0))


def _kept(function: Any) -> Any:
    """Compiled, or read from disk where it was kept; not kept where no folder for that can be written."""
    signature = types.void(_word, _word)
    try:
        return njit(signature, nogil=True, cache=True)(function)
    except RuntimeError:
        return njit(signature, nogil=True)(function)


@_part
def _carry_out(at: int, word: Any, real: Any) -> None:
    """One instruction; where its third word is the bytes of an entry, the last two arguments have as many."""
    what = _get(at, 0, 0)
    if what == GRID:
        _grid(at)
    elif what == TILES:
        _tiles(at)
    elif what == TAKE:
        _take(at, word)
    elif what == PUT:
        _put(at, word)
    elif what == PRODUCT:
        _product(at)
    elif what == SUMS:
        _sums(at, real)
    elif what == SWEEP:
        _factor(at, real)
        _sums(at, real)
    else:
        _flat(at)


@_kept
def run(at: int, length: int) -> None:
    """Carry out the instructions that lie at an address, so many words."""
    end = at + 8 * length
    while at < end:
        if _get(at, 2, 0) == 4:
            _carry_out(at, np.int32(0), np.float32(0))
        else:
            _carry_out(at, np.int64(0), np.float64(0))
        at += 8 * _get(at, 1, 0)
