"""The container: a safetensors file whose metadata has one key, and in it the document with its digest.

The header is checked here before safetensors sees it: its length, its JSON, every tensor's dtype, shape and place. What
is then left to safetensors is to cut the bytes up, which it does as the rest of its ecosystem does.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Annotated, TypeVar

import msgspec
import numpy as np
from msgspec import Meta, Struct
from safetensors import SafetensorError
from safetensors.numpy import load, save

from gradstudio.engine.gate import Array
from gradstudio.files import blame, limits, strictjson
from gradstudio.files.errors import Damaged, FileProblem, Invalid, NotAGradFile, TooLarge, TooNew, shown
from gradstudio.files.schema import FORMAT, VERSION, Count, Envelope, Stamp

PREFIX = 8
"""Bytes that hold the header's length, little-endian."""

DTYPES = {"F32": "float32", "F64": "float64", "I64": "int64", "U8": "uint8", "BOOL": "bool"}
NAMES = {name: code for code, name in DTYPES.items()}


T = TypeVar("T")


class TensorInfo(Struct, frozen=True, forbid_unknown_fields=True):
    """What the header says of one tensor."""

    dtype: str
    shape: Annotated[tuple[Count, ...], Meta(max_length=limits.RANK)]
    data_offsets: tuple[Count, Count]


def pack(document: bytes, tensors: Mapping[str, Array]) -> bytes:
    """The bytes of a `.grad` file. The same document and tensors make the same bytes."""
    size = sum(array.nbytes for array in tensors.values())
    if size > limits.FILE:
        raise TooLarge(f"at most {limits.FILE:,} bytes of arrays", f"{size:,}", place="tensors")
    digest = _digest(VERSION, document, {name: (_info(array), _bytes(array)) for name, array in tensors.items()})
    envelope = Envelope(FORMAT, VERSION, msgspec.Raw(document), digest)
    text = msgspec.json.encode(envelope).decode()
    data = save(dict(tensors), metadata={FORMAT: text})
    length = int.from_bytes(data[:PREFIX], "little")
    if length > limits.HEADER:
        raise TooLarge(f"a document of at most {limits.HEADER:,} bytes", f"{length:,}", place="document")
    if len(data) > limits.FILE:
        raise TooLarge(f"at most {limits.FILE:,} bytes", f"{len(data):,}")
    return data


def unpack(data: bytes) -> tuple[bytes, dict[str, Array]]:
    """The document's JSON and the tensors (read-only) of a `.grad` file.

    Raises:
        FileProblem: if it isn't one, is damaged, too new or too large.
    """
    header = _header(data)
    text = _metadata(header)
    check_stamp(text)
    envelope = blame.decode(text, Envelope)
    infos = {name: _tensor_info(name, raw) for name, raw in header.items()}
    body = memoryview(data)[_body_start(data) :]
    _check_layout(infos, len(body))
    pieces = {name: (info, body[slice(*info.data_offsets)]) for name, info in infos.items()}
    _check_digest(envelope, pieces)
    _check_booleans(pieces)
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise Damaged("a safetensors file", f"something else ({error})", place="header") from None
    for array in tensors.values():
        array.flags.writeable = False
    return bytes(envelope.document), tensors


def check_stamp(text: bytes, broken: type[FileProblem] = Damaged) -> None:
    """Refuse what isn't a document of ours or is too new; nothing else of it has been looked at."""
    strictjson.check(text, "document", broken)
    stamp = blame.decode(text, Stamp)
    if stamp.version > VERSION:
        raise TooNew(
            f"format version {VERSION} or older",
            f"version {stamp.version}",
            place="version",
            advice="A newer GradStudio wrote this file: update GradStudio to open it.",
        )


def _body_start(data: bytes) -> int:
    return PREFIX + int.from_bytes(data[:PREFIX], "little")


def _header(data: bytes) -> dict[str, msgspec.Raw]:
    if len(data) <= PREFIX or data[PREFIX : PREFIX + 1] != b"{":
        raise NotAGradFile("a network of GradStudio", "an empty file" if not data else "a file of another kind")
    start = _body_start(data)
    if start - PREFIX > limits.HEADER:
        raise TooLarge(f"a header of at most {limits.HEADER:,} bytes", f"{start - PREFIX:,}", place="header")
    if start > len(data):
        raise Damaged(f"a header of {start - PREFIX:,} bytes", f"{len(data) - PREFIX:,}", place="header")
    header = data[PREFIX:start]
    strictjson.check(header, "header")
    return blame.decode(header, dict[str, msgspec.Raw])


def _metadata(header: dict[str, msgspec.Raw]) -> bytes:
    """The one key's text, which is taken out of the header."""
    raw = header.pop("__metadata__", msgspec.Raw(b"{}"))
    metadata = _part(raw, dict[str, str], "__metadata__", str)
    if FORMAT not in metadata:
        raise NotAGradFile("a network of GradStudio", "a safetensors file without one", place="__metadata__")
    if len(metadata) > 1:
        found = ", ".join(shown(key) for key in metadata)
        raise Invalid(f"the key “{FORMAT}” only", found, place="__metadata__")
    return metadata[FORMAT].encode()


def _tensor_info(name: str, raw: msgspec.Raw) -> TensorInfo:
    info = _part(raw, TensorInfo, f"tensors.{name}")
    if info.dtype not in DTYPES:
        raise Invalid("one of " + ", ".join(DTYPES), shown(info.dtype), place=f"tensors.{name}.dtype")
    return info


def _part(raw: msgspec.Raw, kind: type[T], place: str, entry: type = TensorInfo) -> T:
    try:
        return blame.decode(bytes(raw), kind, entry)
    except FileProblem as problem:
        problem.place = f"{place}.{problem.place}" if problem.place else place
        raise


def _check_layout(infos: dict[str, TensorInfo], size: int) -> None:
    """Refuse tensors that overlap, leave gaps, or don't fill the file exactly; all of it with Python's integers."""
    end = 0
    for name, info in sorted(infos.items(), key=lambda item: item[1].data_offsets):
        item = np.dtype(DTYPES[info.dtype]).itemsize
        if math.prod(max(n, 1) for n in info.shape) * item >= limits.INTEGER:
            raise TooLarge("an array that can exist", f"shape {list(info.shape)}", place=f"tensors.{name}.shape")
        wanted = [end, end + math.prod(info.shape) * item]
        if list(info.data_offsets) != wanted:
            found = str(list(info.data_offsets))
            raise Damaged(f"the bytes {wanted}", found, place=f"tensors.{name}.data_offsets")
        end = wanted[1]
    if end != size:
        raise Damaged(f"{end:,} bytes of tensors", f"{size:,}", place="tensors")


def _check_digest(envelope: Envelope, pieces: Mapping[str, tuple[TensorInfo, memoryview]]) -> None:
    digest = _digest(envelope.version, bytes(envelope.document), pieces)
    if digest != envelope.digest:
        raise Damaged(
            f"the digest {digest}",
            shown(envelope.digest),
            place="digest",
            advice="The file was changed after it was saved; the version before it may lie beside it as “name~”.",
        )


def _check_booleans(pieces: Mapping[str, tuple[TensorInfo, memoryview]]) -> None:
    for name, (info, data) in pieces.items():
        if info.dtype == "BOOL" and np.frombuffer(data, np.uint8).max(initial=0) > 1:
            raise Invalid("bytes 0 and 1", "others", place=f"tensors.{name}")


def _info(array: Array) -> TensorInfo:
    return TensorInfo(NAMES[array.dtype.name], array.shape, (0, array.nbytes))


def _bytes(array: Array) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _digest(version: int, document: bytes, pieces: Mapping[str, tuple[TensorInfo, memoryview]]) -> str:
    """SHA-256 over the version, the document as written, and each tensor's name, dtype, shape and bytes, by name."""
    digest = hashlib.sha256(f"{FORMAT} {version}\n{len(document)}\n".encode())
    digest.update(document)
    for name, (info, data) in sorted(pieces.items()):
        digest.update(msgspec.json.encode((name, info.dtype, info.shape)) + b"\n")
        digest.update(data)
    return f"sha256:{digest.hexdigest()}"
