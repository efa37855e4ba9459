"""A staged book as the embedded engine reads it: the files that Quarto would read, and nothing else."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis import strict_json
from analysis.errors import ParamsError, RenderError
from analysis.params_yaml import read_yaml
from analysis.report.shortcodes import inside

Cell = dict[str, Any]
_RUNS = {"pre-render", "post-render", "shortcodes", "engines"}


def _get(tree: Mapping[str, Any], key: str) -> str | None:
    """The value of a dotted key, as text; None where there is none or it is not a single value."""
    value: Any = tree
    for part in key.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return None if isinstance(value, Mapping | list) or value is None else str(value)


@dataclass(frozen=True)
class Book:
    """The folder of a staged book."""

    folder: Path

    @cached_property
    def config(self) -> dict[str, Any]:
        """_quarto.yml."""
        config = _yaml(self.folder / "_quarto.yml")
        chapters = config["book"].get("chapters") if isinstance(config.get("book"), dict) else None
        if not chapters or not all(isinstance(name, str) for name in chapters):
            raise RenderError(f"{self.folder}/_quarto.yml: book.chapters: expected a list of files")
        for name in chapters:
            self._own(name, "book.chapters")
        for name in config.get("filters") or []:
            self._own(str(name), "filters")
        project = config.get("project")
        for key in [*_RUNS & config.keys(), *(_RUNS & project.keys() if isinstance(project, dict) else ())]:
            raise RenderError(f"{self.folder}/_quarto.yml: {key}: would run a program; a report is made of texts alone")
        return config

    def _own(self, name: str, key: str) -> Path:
        """The file of this name, which must be one of the book."""
        if name.startswith("/") or inside(self.folder, self.folder, name) is None:
            raise RenderError(f"{self.folder}/_quarto.yml: {key}: {name}: leads out of the book")
        return self.folder / name

    @cached_property
    def variables(self) -> dict[str, Any]:
        """_variables.yml, as a tree; every value at its end is markdown.

        As `stage.write_variables` writes it, it is JSON, which is read a hundred times sooner than other YAML.
        """
        path = self.folder / "_variables.yml"
        with suppress(OSError, ValueError):
            if isinstance(tree := strict_json.loads(path.read_bytes()), dict):
                return tree
        return _yaml(path)

    @property
    def chapters(self) -> list[Path]:
        """The chapter files in order."""
        return [self.folder / name for name in self.config["book"]["chapters"]]

    def setting(self, key: str) -> Path | None:
        """The file that a key of _quarto.yml names (bibliography, csl), if any."""
        name = self.config.get(key)
        if not name:
            return None
        path = self._own(str(name), key)
        if not path.is_file():
            raise RenderError(f"{path}: no such file, and _quarto.yml names it as {key}")
        return path

    def variable(self, key: str) -> str | None:
        """The markdown that `{{< var key >}}` stands for."""
        return _get(self.variables, key)

    def meta(self, key: str) -> str | None:
        """The markdown that `{{< meta key >}}` stands for: a dotted key of _quarto.yml, such as book.title."""
        return _get(self.config, key)

    def cell(self, notebook: Path, name: str) -> Cell | None:
        """The first cell of a notebook whose id, then `#| label`, then tag is `name`, as Quarto looks it up."""
        cells = self._cells(notebook)
        for names in (
            lambda cell: [cell.get("id")],
            lambda cell: [cell_option(cell, "label")],
            lambda cell: cell.get("metadata", {}).get("tags", []),
        ):
            for cell in cells:
                if name in names(cell):
                    return cell
        return None

    def _cells(self, notebook: Path) -> list[Cell]:
        try:
            cells: list[Cell] = strict_json.loads(notebook.read_bytes())["cells"]
            return [cell for cell in cells if cell["cell_type"] == "code"]
        except (ValueError, KeyError, TypeError) as error:
            raise RenderError(f"{notebook}: no notebook: {type(error).__name__}: {error}") from None


def _yaml(path: Path) -> dict[str, Any]:
    try:
        return read_yaml(path)
    except ParamsError as error:
        raise RenderError(str(error)) from None


def cell_option(cell: Cell, key: str) -> str | None:
    """The value of a `#| key: value` line at the head of a cell."""
    for line in text_of(cell.get("source", "")).splitlines():
        if not line.startswith("#|"):
            break
        name, _, value = line[2:].partition(":")
        if name.strip() == key:
            return value.strip().strip("\"'")
    return None


def text_of(value: str | list[str]) -> str:
    """A notebook's text, which may be stored as a list of lines."""
    return value if isinstance(value, str) else "".join(value)


def bundles(cell: Cell) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The data and metadata of each display of a cell."""
    for output in cell.get("outputs", []):
        if output["output_type"] in ("display_data", "execute_result"):
            yield output["data"], output.get("metadata", {})
