"""What no source file of the project may hold, read from its syntax trees."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDERS = ("gradstudio", "tests", "benchmarks", "scripts")
SOURCES = sorted([CHECKOUT / "main.py", *(path for folder in FOLDERS for path in (CHECKOUT / folder).rglob("*.py"))])
TESTS = [path for path in SOURCES if path.is_relative_to(CHECKOUT / "tests") and path.name.startswith("test_")]
FORBIDDEN_MODULES = {"cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"}
FORBIDDEN_CALLS = {"eval", "exec", "__import__"}
SUSPICIOUS = re.compile("|".join((*FORBIDDEN_MODULES, *FORBIDDEN_CALLS, "allow_pickle")))
"""Without one of these words a source is free of danger, and needn't be parsed."""
OPEN_ENDS = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
"""Spelled in halves, for this file to pass its own test."""


def name(path: Path) -> str:
    """How a source file is called in a report."""
    return path.relative_to(CHECKOUT).as_posix()


def tree(path: Path) -> ast.Module:
    """The syntax tree of a source file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(node: ast.AST) -> list[str]:
    """The top-level modules an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module.partition(".")[0]]
    return []


def allows_pickle(node: ast.AST) -> bool:
    """Whether a call passes allow_pickle with anything but a plain False."""
    return isinstance(node, ast.Call) and any(
        keyword.arg == "allow_pickle" and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
        for keyword in node.keywords
    )


def dangers(module: ast.Module) -> Iterator[str]:
    """Everything in a module that can run what a file says."""
    for node in ast.walk(module):
        for package in FORBIDDEN_MODULES.intersection(imported(node)):
            yield f"line {node.lineno}: imports {package}"  # type: ignore[attr-defined]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            yield f"line {node.lineno}: calls {node.func.id}"
        if allows_pickle(node):
            yield f"line {node.lineno}: allows pickle"  # type: ignore[attr-defined]


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The test functions of a module, those in classes included."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def test_there_is_something_to_read() -> None:
    """The walk over the sources finds the house and its tests."""
    assert {"main.py", "gradstudio/__init__.py", "tests/conftest.py"} <= set(map(name, SOURCES))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_runs_what_a_file_says(path: Path) -> None:
    """No source imports pickle or its kin, calls eval or exec, or lets numpy unpickle."""
    assert not SUSPICIOUS.search(path.read_text(encoding="utf-8")) or list(dangers(tree(path))) == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_open_ends(path: Path) -> None:
    """No comment or docstring leaves work for later: that belongs in an issue."""
    source = path.read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(source).readline) if OPEN_ENDS.search(source) else iter(())
    texts = [t for t in tokens if t.type in (tokenize.COMMENT, tokenize.STRING) and OPEN_ENDS.search(t.string)]
    assert [f"line {token.start[0]}: {token.line.strip()}" for token in texts] == []


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_every_test_states_its_truth(path: Path) -> None:
    """Each test function has a docstring of one sentence that ends with a full stop."""
    docstrings = {function.name: ast.get_docstring(function) or "" for function in functions(tree(path))}
    one_sentence = re.compile(r"[^\s].*[.!?]", re.DOTALL)
    assert [test for test, text in docstrings.items() if not one_sentence.fullmatch(text) or "\n\n" in text] == []


@pytest.mark.parametrize(
    "source",
    ["import pickle", "from marshal import loads", "eval('1')", "exec('x = 1')", "load(path, allow_pickle=True)",
     "load(path, allow_pickle=flag)"],
)  # fmt: skip
def test_dangers_are_seen(source: str) -> None:
    """The search for dangers finds each of them."""
    assert len(list(dangers(ast.parse(source)))) == 1


@pytest.mark.parametrize("source", ["dialog.exec()", "load(path, allow_pickle=False)", "import picture"])
def test_harmless_code_is_left_alone(source: str) -> None:
    """What only looks like a danger is none."""
    assert list(dangers(ast.parse(source))) == []
