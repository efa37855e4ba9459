"""The seeded faults: one changed line each, in the first route or in the second, and what has to differ then."""

from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML


class Mutant(NamedTuple):
    """A fault: `old`, which stands once in the file, becomes `new`.

    `shows` are parts of the names of results and of the lines that must differ. `equivalent` says why none can.
    """

    path: str
    name: str
    old: str
    new: str
    shows: tuple[str, ...]
    equivalent: str


def read(route: str) -> list[Mutant]:
    """The faults of `first_route` or `second_route`."""
    files = YAML(typ="safe").load(Path(__file__).with_name(f"{route}.yaml"))
    return [
        Mutant(path, name, row["old"], row["new"], tuple(row.get("shows", ())), row.get("equivalent", ""))
        for path, faults in files.items()
        for name, row in faults.items()
    ]
