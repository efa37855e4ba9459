"""Reading params files: strict YAML, and complaints that name file, key, what was found and what was expected."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from analysis.errors import ParamsError
from analysis.params_base import Model

M = TypeVar("M", bound=Model)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read one YAML 1.2 mapping; a duplicate key, another YAML version or a list at the top is an error."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 2)
    yaml.allow_duplicate_keys = False
    try:
        content = yaml.load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParamsError(f"{path}: no such file") from None
    except MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ParamsError(f"{path}{line}: {error.problem}") from None
    except (YAMLError, ValueError) as error:  # a date such as 2025-13-31 is a plain ValueError
        raise ParamsError(f"{path}: not readable as YAML 1.2: {error}") from None
    if not isinstance(content, dict):
        raise ParamsError(f"{path}: expected a mapping of keys at the top, found {type(content).__name__}")
    return content


def _has(tree: Any, location: tuple[Any, ...]) -> bool:
    for part in location:
        if not isinstance(tree, dict) or part not in tree:
            return False
        tree = tree[part]
    return True


def complain(error: ValidationError, files: dict[Path, dict[str, Any]]) -> ParamsError:
    """Say for each problem which file and key it is in, what was found and what was expected."""
    lines = []
    for problem in error.errors():
        message = problem["msg"].removeprefix("Value error, ")
        location = tuple(part for part in problem["loc"] if not (isinstance(part, str) and "[" in part))
        if not location:  # a rule between keys: its message begins with one of them
            key, _, message = message.partition(" ")
            location = tuple(key.split("."))
        named = location
        while named and not any(_has(tree, named) for tree in files.values()):
            named = named[:-1]
        path = next((p for p, tree in reversed(files.items()) if named and _has(tree, named)), next(iter(files)))
        if problem["type"] == "extra_forbidden":
            message = "unknown key"
        found = "" if problem["type"] in ("missing", "value_error") else f", found {problem['input']!r}"
        lines.append(f"{path}: {'.'.join(str(part) for part in location)}: {message}{found}")
    return ParamsError("\n".join(lines))


def load_alone(model: type[M], path: Path, key: str | None = None) -> M:
    """Load one file, or one key of it, as a model."""
    tree = read_yaml(path)
    try:
        return model.model_validate(tree.get(key, {}) if key else tree)
    except ValidationError as error:
        raise complain(error, {path: tree}) from None
