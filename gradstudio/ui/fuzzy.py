"""How well what somebody types fits a gate, an action, a node.

The whole title comes before its beginning, that before the beginning of one of its words, that before other words it is
known by, and those before letters that are merely found somewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradstudio.engine.gate import Gate

TITLE, BEGINNING, WORD, KEYWORD, KEYWORD_BEGINNING, INITIALS = 1000, 800, 600, 500, 400, 350
INSIDE, KEYWORD_INSIDE, HELP, SCATTERED, NEARLY = 300, 200, 100, 60, 40
_KEYBOARD = str.maketrans({"×": "*", "·": "*", "−": "-", "÷": "/"})
"""What people type for signs their keyboard hasn't."""


def score(query: str, gate: type[Gate]) -> int:
    """How well a gate answers to what was typed; 0 where it doesn't."""
    typed = _folded(query).strip()
    exact = TITLE if typed and typed in (_folded(gate.symbol), _folded(gate.id)) else 0
    exact += bool(exact) and query.strip() == gate.symbol
    words = (gate.symbol, gate.id, gate.id.replace("_", " "), *gate.keywords, gate.category.value)
    return max(exact, score_words(query, gate.title, words, gate.help))


def score_words(query: str, title: str, words: Sequence[str] = (), help_text: str = "") -> int:
    """How well something of this title answers; every word typed must be found somewhere, else it is 0."""
    typed, title = _folded(query).split(), _folded(title)
    others, help_text = [_folded(word) for word in words if word], _folded(help_text)
    phrase = _phrase(" ".join(typed), title, others) if len(typed) > 1 else 0
    found = [_one(word, title, others, help_text) for word in typed]
    return max(phrase, sum(found) // len(found) if found and all(found) else 0)


def search(query: str, gates: Sequence[type[Gate]], recent: Sequence[str] = ()) -> list[type[Gate]]:
    """The gates that answer to what was typed, the best first; where nothing was, the recent ones and then the rest."""
    order = {gate_id: i for i, gate_id in enumerate(recent)}

    def late(gate: type[Gate]) -> int:
        return order.get(gate.id, len(order))

    if not query.strip():
        return sorted(gates, key=late)
    return ranked(gates, lambda gate: score(query, gate), late)


def ranked(
    gates: Sequence[type[Gate]], points: Callable[[type[Gate]], int], late: Callable[[type[Gate]], int]
) -> list[type[Gate]]:
    """Those that have points, the most first; of equals the recent ones, then the order of the palette."""
    scored = [(points(gate), gate) for gate in gates]
    scored.sort(key=lambda pair: (-pair[0], late(pair[1])))
    return [gate for found, gate in scored if found]


def _folded(text: str) -> str:
    return text.translate(_KEYBOARD).casefold()


def _phrase(phrase: str, title: str, words: Sequence[str]) -> int:
    """Several words typed as they follow each other in the title or in a keyword."""
    if title.startswith(phrase):
        return TITLE if phrase == title else BEGINNING + _closeness(phrase, title)
    return KEYWORD if phrase in words else 0


def _one(word: str, title: str, words: Sequence[str], help_text: str) -> int:
    if word == title:
        return TITLE
    if title.startswith(word):
        return BEGINNING + _closeness(word, title)
    parts = [part for part in title.replace("-", " ").split() if part.isalnum()]
    if any(part.startswith(word) for part in parts):
        return WORD + _closeness(word, title)
    if word in words:
        return KEYWORD
    told = HELP if len(word) > 2 and word in help_text else 0
    return max(_known_by(word, words), _letters(word, title, parts), told)


def _known_by(word: str, words: Sequence[str]) -> int:
    """By the beginning of a keyword, of a word in one, or inside one."""
    if any(other.startswith(word) for other in words):
        return KEYWORD_BEGINNING
    if any(part.startswith(word) for other in words for part in other.split()):
        return KEYWORD_BEGINNING - 20
    return KEYWORD_INSIDE if len(word) > 1 and any(word in other for other in words) else 0


def _letters(word: str, title: str, parts: Sequence[str]) -> int:
    """By letters of the title: its initials, inside it, in their order, or all but one."""
    if len(word) < 2:
        return 0
    if "".join(part[0] for part in parts).startswith(word):
        return INITIALS
    if word in title:
        return INSIDE
    if _scattered(word, title):
        return SCATTERED
    return NEARLY if len(word) > 3 and any(_nearly(word, part) for part in parts) else 0


def _closeness(word: str, title: str) -> int:
    """The less of the title is missing the better, up to 50."""
    return max(0, 50 - (len(title) - len(word)))


def _scattered(word: str, text: str) -> bool:
    """Whether the letters come in this order, the first one first: "lru" in "leaky relu"."""
    letters = iter(text)
    return text.startswith(word[0]) and all(letter in letters for letter in word)


def _nearly(word: str, part: str) -> bool:
    """Whether one letter is wrong, missing, too many, or two are swapped: "simgoid"."""
    i = next((i for i, (a, b) in enumerate(zip(word, part, strict=False)) if a != b), min(len(word), len(part)))
    a, b = word[i:], part[i:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
