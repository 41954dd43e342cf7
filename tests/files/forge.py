"""Files nobody would write: a document changed by hand, sealed again so that only what is wrong with it is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gradstudio import files
from gradstudio.engine.gate import Array
from gradstudio.files import container

Tree = dict[str, Any]


def parts(data: bytes) -> tuple[Tree, dict[str, Array]]:
    """The document of a `.grad` file as a tree, and its tensors."""
    document, tensors = container.unpack(data)
    return json.loads(document), dict(tensors)


def sealed(document: Tree | bytes, tensors: dict[str, Array]) -> bytes:
    """A `.grad` file with a good digest, whatever it says."""
    written = document if isinstance(document, bytes) else json.dumps(document).encode()
    return container.pack(written, tensors)


def changed(data: bytes, change: Callable[[Tree], object]) -> bytes:
    """A `.grad` file with its document changed and its digest made good."""
    document, tensors = parts(data)
    change(document)
    return sealed(document, tensors)


def with_header(header: Any, body: bytes = b"") -> bytes:
    """A container with this header, checked by nobody."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def header_of(data: bytes) -> tuple[Tree, bytes]:
    """Header and body of a container."""
    end = 8 + int.from_bytes(data[:8], "little")
    return json.loads(data[8:end]), data[end:]


def refused(data: bytes, kind: type[files.FileProblem] = files.FileProblem) -> files.FileProblem:
    """The refusal of these bytes, which must be of this kind and say what was expected and found."""
    with pytest.raises(kind) as caught:
        files.loads(data)
    assert caught.value.expected
    assert caught.value.found
    assert str(caught.value).endswith(".")
    return caught.value
