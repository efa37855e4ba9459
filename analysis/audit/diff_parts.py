"""What `csr diff` found, as its text and its page show it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analysis.audit import compare, patients
from analysis.audit.builds import Build
from analysis.audit.diff_data import Data
from analysis.audit.diff_records import Change, Dataset
from analysis.audit.diff_results import Conclusion, Results
from analysis.audit.diff_sentences import Sentence


@dataclass(frozen=True)
class Figure:
    """A figure that differs, with its title and its picture (PNG) in both builds; None where it is not there."""

    old_title: str
    new_title: str
    old: bytes | None
    new: bytes | None


@dataclass(frozen=True)
class Difference:
    """Everything that differs between two builds."""

    old: Build
    new: Build
    data: Data
    patients: patients.Patients
    deaths: Mapping[str, str]
    results: Results
    conclusion: Conclusion
    displays: compare.Displays
    sentences: tuple[Sentence, ...]
    figures: tuple[Figure, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What both reports say of their data, such as that they are synthetic."""
        said = (str(build.parameter("study.data_note") or "") for build in (self.old, self.new))
        return tuple(dict.fromkeys(note for note in said if note))

    def display_title(self, name: str) -> str:
        data = self.new.displays.get(name) or self.old.displays.get(name) or {}
        return " ".join(f"{data.get('label', name)} {data.get('title', '')}".split())


@dataclass(frozen=True)
class Counts:
    """One dataset in numbers: its records, and for each variable in how many of them it changed."""

    dataset: Dataset
    revised: int
    variables: tuple[tuple[str, int], ...]


def counted(datasets: tuple[Dataset, ...], revised: tuple[Change, ...] = ()) -> Iterator[Counts]:
    """The datasets that differ, in numbers; `revised` counts the records that did on days that both builds had seen."""
    for found in datasets:
        if not (found.changes or found.renumbered or found.variables_added or found.variables_removed):
            continue
        many = Counter(change.variable for change in found.changes if change.kind == "changed")
        own = {change.record for change in revised if change.dataset == found.name}
        yield Counts(found, len(own), tuple(sorted(many.items(), key=lambda item: (-item[1], item[0]))))


def records(changes: tuple[Change, ...]) -> dict[tuple[str, tuple[tuple[str, str], ...]], list[Change]]:
    """Changes by dataset and record."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], list[Change]] = {}
    for change in changes:
        found.setdefault((change.dataset, change.record), []).append(change)
    return found
