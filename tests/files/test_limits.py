"""Headers made to hurt: every limit is checked before anything of that size is built."""

import json
import time
import tracemalloc

import pytest

from gradstudio import files
from gradstudio.document.model import Document, Node, Patch
from gradstudio.files import limits
from tests.files.forge import header_of, parts, refused, sealed, with_header
from tests.files.networks import example

DOCUMENT = {"gradstudio": json.dumps({"format": "gradstudio", "version": 1, "digest": "", "document": {}})}


def tensor(dtype: object = "F64", shape: object = (), offsets: object = (0, 8)) -> bytes:
    """A container whose header says this of one tensor of eight bytes."""
    info = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
    return with_header({"__metadata__": DOCUMENT, "t": info}, bytes(8))


HEADERS = [
    ("length beyond the file", (10**6).to_bytes(8, "little") + b"{}", files.Damaged, "header"),
    ("length beyond every limit", (2**63).to_bytes(8, "little") + b"{}", files.TooLarge, "header"),
    ("no JSON", with_header(b"{nothing"), files.Damaged, "header"),
    ("no UTF-8", with_header(b'{"\xff": 1}'), files.Damaged, "header"),
    ("a key twice", with_header(b'{"t": 1, "t": 2}'), files.Invalid, "header"),
    (
        "metadata that is no text",
        with_header({"__metadata__": {"gradstudio": 1}}),
        files.Invalid,
        "__metadata__.gradstudio",
    ),
    ("a tensor that is a number", with_header({"__metadata__": DOCUMENT, "t": 1}), files.Invalid, "tensors.t"),
    ("unknown dtype", tensor("F8_E4M3"), files.Invalid, "tensors.t.dtype"),
    ("object dtype", tensor("O"), files.Invalid, "tensors.t.dtype"),
    ("negative length", tensor(shape=[-1]), files.Invalid, "tensors.t.shape[0]"),
    ("half a length", tensor(shape=[0.5]), files.Invalid, "tensors.t.shape[0]"),
    ("product that wraps around to 0", tensor(shape=[2**32, 2**32]), files.TooLarge, "tensors.t.shape"),
    ("no entries, endless axes", tensor(shape=[0, 2**62, 2**62], offsets=(0, 0)), files.TooLarge, "tensors.t.shape"),
    ("100,000 axes", tensor(shape=[1] * 10**5), files.Invalid, "tensors.t.shape"),
    ("more than the file has", tensor(shape=[10**6], offsets=(0, 8 * 10**6)), files.Damaged, "tensors"),
    ("less than its shape", tensor(shape=[2]), files.Damaged, "tensors.t.data_offsets"),
    ("a gap before", tensor(offsets=(8, 16)), files.Damaged, "tensors.t.data_offsets"),
    ("backwards", tensor(offsets=(8, 0)), files.Damaged, "tensors.t.data_offsets"),
    ("one offset", tensor(offsets=(0,)), files.Invalid, "tensors.t.data_offsets"),
    ("bytes after the end", tensor() + b"x", files.Damaged, "tensors"),
]


@pytest.mark.parametrize(("data", "kind", "place"), [row[1:] for row in HEADERS], ids=[row[0] for row in HEADERS])
def test_hostile_headers(data, kind, place):
    """Each lie of a header is refused at its place, at once and without memory for what it claims."""
    tracemalloc.start()
    start = time.process_time()
    problem = refused(data, kind)
    seconds = time.process_time() - start
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert place in problem.place
    assert seconds < 5
    assert peak < 200 * limits.MiB


def test_overlapping_tensors():
    """Two tensors can't share bytes."""
    info = {"dtype": "F64", "shape": [], "data_offsets": [0, 8]}
    assert refused(with_header({"__metadata__": DOCUMENT, "a": info, "b": info}, bytes(8)), files.Damaged).place


def test_other_order_of_tensors_is_fine():
    """Where tensors lie in the file is the writer's choice: the digest covers what they are, not where."""
    header, body = header_of(files.dumps(example()))
    start, end = header["params/9.b"]["data_offsets"]
    header["params/9.b"]["data_offsets"] = [0, end - start]
    for name, info in header.items():
        if name not in ("__metadata__", "params/9.b"):
            info["data_offsets"] = [offset + end - start for offset in info["data_offsets"]]
    moved = with_header(header, body[start:end] + body[:start] + body[end:])
    assert files.dumps(files.loads(moved)) == files.dumps(example())


def test_booleans_are_bits():
    """A byte of a switch is 0 or 1: another one would be no value numpy knows."""
    document, tensors = parts(files.dumps(example()))
    tensors["params/9.b"] = tensors["params/9.b"].view("u1").copy()
    tensors["params/9.b"][0] = 7
    tensors["params/9.b"] = tensors["params/9.b"].view("?")
    assert refused(sealed(document, tensors), files.Invalid).place == "tensors.params/9.b"


def test_number_of_nodes():
    """More nodes than the limit are refused."""
    node = {"gate": "g", "params": {}, "x": 0, "y": 0}
    many = [{**node, "id": i + 1, "name": f"n{i}"} for i in range(limits.NODES + 1)]
    document = {**parts(files.dumps(Document()))[0], "nodes": many}
    problem = refused(sealed(document, {}), files.Invalid)
    assert problem.place == "nodes"
    assert str(limits.NODES) in problem.expected


def test_number_of_objects():
    """A text of nothing but brackets isn't built up first and counted then."""
    problem = refused(sealed(b"[" + b"{}," * limits.OBJECTS + b"{}]", {}), files.TooLarge)
    assert f"{limits.OBJECTS:,}" in problem.expected


def test_number_of_brackets():
    """Millions of empty lists are refused by their number."""
    with pytest.raises(files.TooLarge):
        files.loads_text(b'{"a": [' + b"[]," * (limits.BRACKETS // 2) + b"[]]}")


def test_a_document_beyond_the_limits_is_not_written():
    """What couldn't be read isn't written either."""
    document = Document()
    text = "x" * (limits.HEADER + 1)
    document.apply(Patch("Add", {1: Node(1, "g", "n", {"p": text})}))
    with pytest.raises(files.TooLarge):
        files.dumps(document)
    with pytest.raises(files.TooLarge):
        files.loads_text(bytes(limits.TEXT + 1))


def test_many_nodes_are_quick():
    """A document of 5,000 placeholders is written and read in well under three seconds each."""
    document = Document()
    document.apply(Patch("Make", {i: Node(i, "g", f"n{i}", {"k": i}, i, i) for i in range(1, 5001)}))
    start = time.process_time()
    data = files.dumps(document)
    between = time.process_time()
    files.loads(data)
    assert between - start < 3
    assert time.process_time() - between < 3
