"""Changes a line of a module that is in use: every place that uses its functions or constants sees the changed one.

Functions keep their identity and get other code, so that a module which imported one by its name runs the mutant,
too. A constant of a module, such as a table of rules, is replaced in every module of the package that has it.
"""

import ast
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]


@contextmanager
def mutated(path: str, old: str, new: str) -> Iterator[None]:
    """Within the block the module of a file (relative to the project) has `new` in the one place of `old`."""
    source = (ROOT / path).read_text(encoding="utf-8")
    assert source.count(old) == 1, f"{path}: {old!r} stands {source.count(old)} times"
    module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    changed, line = source.replace(old, new), source[: source.index(old)].count("\n") + 1
    other = ModuleType(module.__name__)
    exec(compile(changed, str(ROOT / path), "exec"), vars(other))
    undo = [_replaced(module, name, getattr(other, name)) for name in _defined(ast.parse(changed), line)]
    try:
        yield
    finally:
        for back in undo:
            back()


def _defined(tree: ast.Module, line: int) -> list[str]:
    """The names that the module's statement on this line defines."""
    statement = next(s for s in tree.body if s.lineno <= line <= (s.end_lineno or s.lineno))
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    return [node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]


def _replaced(module: ModuleType, name: str, new: Any) -> Callable[[], None]:
    """Make a name of a module mean something else, and return what undoes that."""
    current = getattr(module, name)
    functions = _functions(current)
    if functions or isinstance(current, type):
        pairs = zip(functions, _functions(new), strict=True)
        codes = [(mine, mine.__code__, other.__code__) for mine, other in pairs if mine.__code__ != other.__code__]
        assert codes, f"{module.__name__}: {name} is as before"

        def give(place: int) -> None:
            for function, *both in codes:
                function.__code__ = both[place]
            getattr(current, "cache_clear", lambda: None)()

        give(1)
        return lambda: give(0)
    places = [m for key, m in sys.modules.items() if key.startswith("analysis.") and vars(m).get(name) is current]

    def put(value: Any) -> None:
        for place in places:
            setattr(place, name, value)

    put(new)
    return lambda: put(current)


def _functions(thing: Any) -> list[FunctionType]:
    """The functions of a class, or the one behind a function, through the wrappers of decorators."""
    if isinstance(thing, type):
        return [f for value in vars(thing).values() for f in _functions(value) if f.__module__ == thing.__module__]
    for name in ("fget", "func", "__func__", "__wrapped__"):
        if hasattr(thing, name):
            return _functions(getattr(thing, name))
    return [thing] if isinstance(thing, FunctionType) else []
