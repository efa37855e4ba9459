"""Running the pandoc of the wheel, and small tools for its JSON syntax tree.

A tree is plain JSON: an element is `{"t": type, "c": content}`, content is nested lists, an attribute is
`[id, [class], [[key, value]]]`.
"""

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pypandoc

from analysis.errors import RenderError

Node = Any
Blocks = list[dict[str, Any]]


def run(arguments: Sequence[str], text: str = "", cwd: Path | None = None) -> str:
    """Run pandoc on a text and return what it writes. Its sandbox keeps it from any file but those in `arguments`.

    A warning is an error: a citation that is not found, a footnote that is not defined.
    """
    environment = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT", "SOURCE_DATE_EPOCH") if key in os.environ}
    done = subprocess.run(
        [pypandoc.get_pandoc_path(), "--sandbox", "--fail-if-warnings", *arguments],
        input=text.encode(),
        capture_output=True,
        cwd=cwd,
        env=environment | {"LC_ALL": "C.UTF-8"},
        check=False,
    )
    if done.returncode:
        raise RenderError(f"pandoc: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode()


def convert(tree: dict[str, Any], arguments: Sequence[str]) -> str:
    """Write a tree in another format."""
    return run(["--from", "json", *arguments], json.dumps(tree))


def with_strings(node: Node, change: Callable[[str], str]) -> Node:
    """A copy of a tree with every text changed: words, code, titles and attributes, but no raw block or target."""
    if isinstance(node, list):
        return [with_strings(item, change) for item in node]
    if not isinstance(node, dict):
        return change(node) if isinstance(node, str) else node
    match node.get("t"):
        case "RawBlock" | "RawInline":
            return node
        case "Link" | "Image":
            attributes, words, target = node["c"]
            return node | {"c": [attributes, with_strings(words, change), target]}
    return {key: value if key == "t" else with_strings(value, change) for key, value in node.items()}


def plain(node: Node) -> str:
    """The words of inlines or blocks as text; footnotes and raw content left out."""
    if isinstance(node, list):
        return "".join(plain(item) for item in node)
    match node:
        case {"t": "Str", "c": text} | {"t": "Code" | "Math", "c": [_, text]}:
            return str(text)
        case {"t": "Space" | "SoftBreak" | "LineBreak"}:
            return " "
        case {"t": "Note" | "RawInline" | "RawBlock"}:
            return ""
        case {"t": "Quoted", "c": [{"t": kind}, words]}:
            marks = "‘’" if kind == "SingleQuote" else "“”"
            return marks[0] + plain(words) + marks[1]
        case {"c": list() as content}:
            return plain([item for item in content if isinstance(item, dict | list)])
    return ""
