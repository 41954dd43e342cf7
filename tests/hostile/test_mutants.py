"""Files with random damage: each is refused, or says what it said before. Never a crash, never a silent change."""

import random

import pytest

from gradstudio import files
from tests.document.build import course, spiral
from tests.files.conftest import known_gates  # noqa: F401 - the gates of the example
from tests.files.networks import example, same

DATA = files.dumps(example())


def read_as_it_was(data: bytes) -> bool:
    """Whether the bytes are read at all, and then as the example."""
    try:
        document = files.loads(data)
    except files.FileProblem:
        return False
    assert same(document, example()), "a damaged file was read as another network"
    return True


@pytest.mark.parametrize("eighth", range(8))
def test_every_bit_of_a_file(eighth):
    """Each single bit of a file that flips is found out, or changes nothing that is said."""
    survivors = 0
    for position in range(len(DATA) * eighth // 8, len(DATA) * (eighth + 1) // 8):
        mutant = bytearray(DATA)
        mutant[position] ^= 1 << (position * 5 + eighth) % 8
        survivors += read_as_it_was(bytes(mutant))
    assert survivors < len(DATA) // 100


def mutated(chance: random.Random) -> bytes:
    """The example with bytes changed, cut, doubled, swapped or put in."""
    mutant = bytearray(DATA)
    for _ in range(chance.choice((1, 1, 1, 2, 5, 50))):
        at, other = sorted(chance.randrange(len(mutant) + 1) for _ in range(2))
        match chance.randrange(8):
            case 0:
                mutant[at : at + 1] = chance.randbytes(1)
            case 1:
                del mutant[at : at + chance.choice((1, 8, 100))]
            case 2:
                mutant[at:at] = chance.randbytes(chance.choice((1, 8)))
            case 3:
                mutant[at:at] = mutant[at:other]
            case 4:
                mutant = mutant[:at]
            case 5:
                mutant[at : at + 8] = chance.choice((b"\0" * 8, b"\xff" * 8, b'"""""""""', b"[[[[[[[[", b"99999999"))
            case 6:
                mutant[:8] = chance.randrange(2 ** chance.choice((8, 16, 32, 64))).to_bytes(8, "little")
            case _:
                mutant[at : at + 1] = chance.choice([b"-", b"0", b"{", b"}", b",", b"\\", b"e", b".", b" "])
    return bytes(mutant)


@pytest.mark.parametrize("seed", range(4))
def test_random_mutants(seed):
    """Thousands of files with several things wrong are refused each, or read as what they were."""
    chance = random.Random(seed)
    survivors = sum(read_as_it_was(mutated(chance)) for _ in range(2500))
    assert survivors < 100


@pytest.mark.parametrize("make", [example, lambda: course().doc, lambda: spiral().doc], ids=["odd", "course", "spiral"])
@pytest.mark.parametrize("seed", range(2))
def test_text_mutants(seed, make):
    """A damaged text form (it has no digest) is refused, or is a network that can be written again."""
    chance = random.Random(seed)
    text = files.dumps_text(make())
    for _ in range(1500):
        mutant = bytearray(text)
        for _ in range(chance.choice((1, 1, 2))):
            mutant[chance.randrange(len(mutant))] = chance.choice((chance.randrange(256), *b'0123456789-e."[]{},'))
        try:
            document = files.loads_text(bytes(mutant))
        except files.FileProblem:
            continue
        assert same(files.loads_text(files.dumps_text(document)), document)


@pytest.mark.parametrize("length", [*range(40), *range(40, len(DATA), 97)])
def test_every_beginning_of_a_file(length):
    """A file that stops short is refused, wherever it stops."""
    assert not read_as_it_was(DATA[:length])
