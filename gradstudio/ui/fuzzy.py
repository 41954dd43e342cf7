"""How well a word somebody types fits a gate."""

from __future__ import annotations

from gradstudio.engine.gate import Gate


def score(query: str, gate: type[Gate]) -> int:
    """How well a gate answers to what was typed; 0 where it doesn't. Every word typed must be found somewhere."""
    words = query.casefold().split()
    found = [_word_score(word, gate) for word in words]
    return sum(found) if all(found) else 0


def _word_score(word: str, gate: type[Gate]) -> int:
    title = gate.title.casefold()
    if word in (title, gate.symbol.casefold(), gate.id):
        return 100
    return max(
        _within(word, title, 60),
        _within(word, gate.id.replace("_", " "), 50),
        *(_within(word, other.casefold(), 30) for other in (*gate.keywords, gate.category.value)),
        10 if word in gate.help.casefold() else 0,
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


def search(query: str, gates: list[type[Gate]]) -> list[type[Gate]]:
    """The gates that answer to what was typed, the best first; all of them, in their order, where nothing was."""
    if not query.strip():
        return gates
    scored = [(score(query, gate), gate) for gate in gates]
    return [gate for points, gate in sorted(scored, key=lambda pair: -pair[0]) if points]
