"""Reading params files: strict YAML, and complaints that name file, key, what was found and what was expected."""

import re
from collections.abc import Collection
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError, MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode

from analysis.errors import ParamsError
from analysis.params_base import Model

M = TypeVar("M", bound=Model)


LARGEST_BYTES = 1_000_000
DEEPEST = 30  # levels
MOST_ALIASES = 100
LONGEST_SHOWN = 200  # characters of a key or a value that a message repeats


class _Composer(Composer):
    """Refuses what makes a small file a large tree, or one that holds itself, and keys that are no texts."""

    anchored = 0
    aliases = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        if isinstance(event, AliasEvent):
            self.aliases += 1
            if self.anchored or self.aliases > MOST_ALIASES:
                said = f"aliases within what an anchor names, or more than {MOST_ALIASES} in a file, are not read"
                raise ComposerError(None, None, said, event.start_mark)
            return super().compose_node(parent, index)
        self.anchored += event.anchor is not None
        node = super().compose_node(parent, index)
        self.anchored -= event.anchor is not None
        if isinstance(parent, MappingNode) and index is None and node.tag != "tag:yaml.org,2002:str":
            raise ComposerError(None, None, "a key that is no text", event.start_mark)
        return node


def read_yaml(path: Path) -> dict[str, Any]:
    """Read one YAML 1.2 mapping of plain values.

    Raises ParamsError for a duplicate key, a key that is no text, a tag, another YAML version, a list at the top, and
    for a file that is too large, too deep, or in another encoding than UTF-8.
    """
    try:
        content = deepcopy(_parsed(_text(path)))
    except MaxDepthExceededError as error:
        raise ParamsError(f"{path}{_line(error)}: nested too deeply; expected at most {DEEPEST} levels") from None
    except MarkedYAMLError as error:
        raise ParamsError(f"{path}{_line(error)}: {_shown(error.problem or error.context or '')}") from None
    except (YAMLError, ValueError, OverflowError) as error:  # a date such as 2025-13-31 is a plain ValueError
        raise ParamsError(f"{path}: not readable as YAML 1.2: {_shown(str(error))}") from None
    if not isinstance(content, dict):
        raise ParamsError(f"{path}: expected a mapping of keys at the top, found {type(content).__name__}")
    return content


@lru_cache(maxsize=32)
def _parsed(text: str) -> Any:
    """The tree of a text, kept: a process reads the same few files again and again, and parsing takes long."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 2)
    yaml.allow_duplicate_keys = False
    yaml.max_depth = DEEPEST
    yaml.Composer = _Composer
    return yaml.load(text)


def _text(path: Path) -> str:
    if not path.is_file():
        raise ParamsError(f"{path}: {'not a file' if path.exists() else 'no such file'}")
    if path.stat().st_size > LARGEST_BYTES:
        raise ParamsError(f"{path}: larger than {LARGEST_BYTES:,} bytes, and so no file of parameters")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParamsError(f"{path}: not UTF-8: {error.reason} at byte {error.start + 1}") from None
    if re.search("^%", text, re.MULTILINE):
        raise ParamsError(f"{path}: not readable as YAML 1.2: a directive such as %YAML is not allowed")
    return text


def _line(error: MarkedYAMLError) -> str:
    return f", line {error.problem_mark.line + 1}" if error.problem_mark else ""


def _shown(text: str) -> str:
    """What a file says, for a message: one line without control characters, and not too long."""
    if len(text) > LONGEST_SHOWN:
        text = f"{text[:LONGEST_SHOWN]}... ({len(text)} characters)"
    return text if text.replace("\n", "").isprintable() else ascii(text)


def _has(tree: Any, location: tuple[Any, ...]) -> bool:
    for part in location:
        if not isinstance(tree, dict) or part not in tree:
            return False
        tree = tree[part]
    return True


def _keys(location: tuple[int | str, ...], trees: Collection[Any]) -> tuple[int | str, ...]:
    """Where a problem is, without the names that pydantic gives the alternatives of a type, such as list[str]."""
    kept: tuple[int | str, ...] = ()
    for part in location:
        if not (isinstance(part, str) and "[" in part) or any(_has(tree, (*kept, part)) for tree in trees):
            kept = (*kept, part)
    return kept


def complain(error: ValidationError, files: dict[Path, dict[str, Any]]) -> ParamsError:
    """Say for each problem which file and key it is in, what was found and what was expected."""
    lines = []
    for problem in error.errors():
        message = problem["msg"].removeprefix("Value error, ")
        location = _keys(problem["loc"], files.values())
        if not location:  # a rule between keys: its message begins with one of them
            key, _, message = message.partition(" ")
            location = tuple(key.split("."))
        named = location
        while named and not any(_has(tree, named) for tree in files.values()):
            named = named[:-1]
        path = next((p for p, tree in reversed(files.items()) if named and _has(tree, named)), next(iter(files)))
        if problem["type"] == "extra_forbidden":
            message = "unknown key"
        found = "" if problem["type"] in ("missing", "value_error") else f", found {_shown(repr(problem['input']))}"
        lines.append(f"{path}: {'.'.join(_shown(str(part)) for part in location)}: {message}{found}")
    return ParamsError("\n".join(lines))


def load_alone(model: type[M], path: Path, key: str | None = None) -> M:
    """Load one file, or one key of it, as a model."""
    tree = read_yaml(path)
    try:
        return model.model_validate(tree.get(key, {}) if key else tree)
    except ValidationError as error:
        raise complain(error, {path: tree}) from None
