"""How well what somebody types fits a gate, an action, a node."""

from __future__ import annotations

from collections.abc import Sequence

from gradstudio.engine.gate import Gate


def score(query: str, gate: type[Gate]) -> int:
    """How well a gate answers to what was typed; 0 where it doesn't."""
    words = (gate.symbol, gate.id, gate.id.replace("_", " "), *gate.keywords, gate.category.value)
    exact = 50 if query.strip() == gate.symbol else 0
    return exact + score_words(query, gate.title, words, gate.help)


def score_words(query: str, title: str, words: Sequence[str] = (), help_text: str = "") -> int:
    """How well something of this title answers; every word typed must be found somewhere, else it is 0."""
    found = [_one(word, title.casefold(), [w.casefold() for w in words if w], help_text) for word in _split(query)]
    return sum(found) if all(found) else 0


def search(query: str, gates: Sequence[type[Gate]]) -> list[type[Gate]]:
    """The gates that answer to what was typed, the best first; all of them, in their order, where nothing was."""
    if not query.strip():
        return list(gates)
    scored = [(score(query, gate), gate) for gate in gates]
    return [gate for points, gate in sorted(scored, key=lambda pair: -pair[0]) if points]


def _split(query: str) -> list[str]:
    return query.casefold().split()


def _one(word: str, title: str, words: Sequence[str], help_text: str) -> int:
    if word == title:
        return 100
    if word in words:
        return 80
    return max(
        _within(word, title, 60),
        *(_within(word, other, 30) for other in words),
        10 if word in help_text.casefold() else 0,
        5 if _scattered(word, title) else 0,
    )


def _within(word: str, text: str, best: int) -> int:
    """Best at the start of the text, less at the start of a word in it, still less inside one."""
    if text.startswith(word):
        return best
    if any(part.startswith(word) for part in text.replace("-", " ").split()):
        return best - 5
    return best - 10 if word in text else 0


def _scattered(word: str, text: str) -> bool:
    """Whether the letters come in this order, the first one first: "lru" in "leaky relu"."""
    letters = iter(text)
    return len(word) > 1 and text.startswith(word[0]) and all(letter in letters for letter in word)
