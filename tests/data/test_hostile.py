"""Whatever bytes a file holds, reading it gives a table or a sentence, and nothing else."""

import gzip
import io
from contextlib import suppress
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from gradstudio.data.errors import DataProblem
from gradstudio.data.preparation import suggested
from gradstudio.data.preparing import prepare
from gradstudio.data.reading import read
from gradstudio.data.summary import summaries


def saved(save) -> bytes:
    """The bytes something is saved as."""
    file = io.BytesIO()
    save(file)
    return file.getvalue()


CSV = b'a,b,c\n1.5,x,2020-01-01\n2,"y ""z""",2020-01-02\n,x,\n4,x,2020-01-04\n'
KINDS = {
    "a.csv": CSV,
    "a.csv.gz": gzip.compress(CSV, mtime=0),
    "a.npy": saved(lambda file: np.save(file, np.arange(12.0).reshape(4, 3))),
    "a.npz": saved(lambda file: np.savez(file, X=np.ones((4, 2)), y=np.arange(4))),
    "a.parquet": saved(pl.DataFrame({"a": [1.0, 2.0, 3.0], "b": ["x", "y", "x"]}).write_parquet),
    "x-images-idx3-ubyte": b"\0\0\x08\x03" + np.array([3, 2, 2], ">i4").tobytes() + bytes(12),
    "cats/1.png": saved(lambda file: Image.new("L", (3, 3), 7).save(file, "PNG")),
}
edits = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4)


def survives(path: Path) -> None:
    """A table that can be looked at and prepared, or a sentence."""
    with suppress(DataProblem):
        table = read(path)
        table.preview()
        summaries(table)
        prepare(table, suggested(table))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=edits, cut=st.none() | st.floats(0, 1))
def test_changed_and_cut_files(tmp_path: Path, name: str, edits, cut) -> None:
    """Bytes changed anywhere, and a file cut anywhere, are read or refused."""
    data = bytearray(KINDS[name])
    for at, byte in edits:
        data[at % len(data)] = byte
    path = tmp_path / "all" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if cut is None else data[: int(cut * len(data))])
    survives(tmp_path / "all" if name.endswith("png") else path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | st.text(st.sampled_from('ab1.,;\t"\n -'), max_size=80).map(str.encode))
def test_any_bytes_named_csv(tmp_path: Path, data: bytes) -> None:
    """Random bytes, and random delimiters, quotes and line ends, are read or refused."""
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    survives(path)


def test_sizes_beyond_any_memory(tmp_path: Path) -> None:
    """A header of numpy that promises more than there is is refused before anything is built."""
    head = KINDS["a.npy"].replace(b"(4, 3), }", b"(4000000000000, 3), }").replace(b"              \n", b" \n")
    packed = io.BytesIO()
    np.savez(packed, X=np.zeros(2))
    path = tmp_path / "a.npy"
    path.write_bytes(head)
    with pytest.raises(DataProblem):
        read(path)
