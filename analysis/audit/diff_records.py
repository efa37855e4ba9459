"""Which records of two sets of datasets differ: added, removed, or changed in which variables.

Records are matched by what they are about, not by their number alone: --SEQ may be given anew in every transfer.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

Row = Mapping[str, Any]
Kind = Literal["added", "removed", "changed"]

# What tells the records of a dataset apart, as far as it has them; "--" is any two letters. ADaM's names stand beside
# SDTM's. The first date that a dataset has is its date.
SUBJECT = ("USUBJID",)
TOPIC = (
    *("PARAMCD", "--TESTCD", "--TERM", "--TRT", "ETCD", "ARMCD", "TAETORD", "TSPARMCD", "--CAT", "--SCAT"),
    *("--LNKID", "--GRPID", "--SPEC", "--LOC", "--METHOD", "--EVAL", "--EVALID", "--TPTNUM"),
)
VISIT = ("AVISITN", "VISITNUM")
DATE = ("ADT", "ASTDT", "--STDTC", "--DTC")
NUMBER = ("--SEQ",)
# Of these datasets any record is as good as another of the same topic, so one alone on either side is no match.
REPEATING = ("--TERM", "--TRT")
EVENTS = ("PARAMCD", "--TESTCD", *REPEATING)


@dataclass(frozen=True)
class Change:
    """One difference: a record that came or went, or one variable of a record that both have.

    `record` names the variables that the records were matched by, with their values; `old` and `new` are None where
    there is no such value. An added or removed record has an empty `variable`.
    """

    dataset: str
    record: tuple[tuple[str, str], ...]
    kind: Kind
    variable: str = ""
    old: str | None = None
    new: str | None = None

    @property
    def subject(self) -> str:
        return dict(self.record).get("USUBJID", "")

    def place(self) -> str:
        """The record in words."""
        return ", ".join(f"{name} {value}" for name, value in self.record)


@dataclass(frozen=True)
class Dataset:
    """How a dataset differs: records in all, the changes, and the variables that its records were matched by."""

    name: str
    keys: tuple[str, ...]
    old: int
    new: int
    changes: tuple[Change, ...]
    renumbered: int = 0
    variables_added: tuple[str, ...] = ()
    variables_removed: tuple[str, ...] = ()

    def count(self, kind: Kind) -> int:
        """Records of a kind; a record that changed in several variables counts once."""
        return len({change.record for change in self.changes if change.kind == kind})


@dataclass(frozen=True)
class _Keys:
    """The variables of a dataset by what they are good for."""

    about: tuple[str, ...]
    visit: tuple[str, ...]
    date: tuple[str, ...]
    number: tuple[str, ...]
    repeating: bool

    @property
    def shown(self) -> tuple[str, ...]:
        return (*self.about, *self.visit, *self.date)


def compare(old: Mapping[str, pl.DataFrame], new: Mapping[str, pl.DataFrame]) -> tuple[Dataset, ...]:
    """Compare datasets by name, in the order of their names; one that a side lacks has no records there.

    Values are compared as they are stored; --SEQ itself is no value: records that only got another number are counted.
    """
    before, after = _with_qualifiers(old), _with_qualifiers(new)
    return tuple(
        _dataset(name, before.get(name, pl.DataFrame()), after.get(name, pl.DataFrame()))
        for name in sorted(before.keys() | after.keys())
    )


def _dataset(name: str, old: pl.DataFrame, new: pl.DataFrame) -> Dataset:
    columns = list(dict.fromkeys([*new.columns, *old.columns]))
    both = [c for c in new.columns if c in old.columns] if old.width and new.width else columns
    once = all(side.height == side.n_unique(SUBJECT) for side in (old, new) if "USUBJID" in side.columns)
    keys = _keys(both, once=once)
    added = tuple(c for c in new.columns if c not in old.columns) if old.width else ()
    removed = tuple(c for c in old.columns if c not in new.columns) if new.width else ()
    if old.equals(new):
        return Dataset(name, keys.shown, old.height, new.height, ())
    before, after = list(old.iter_rows(named=True)), list(new.iter_rows(named=True))
    changes: list[Change] = []
    renumbered = 0
    values = [c for c in both if c not in keys.number]
    pairs = list(_pairs(before, after, keys, tuple(values)))
    naming = _names([one or other for one, other in pairs], keys)
    for (one, other), record in zip(pairs, naming, strict=True):
        if one is None or other is None:
            changes.append(Change(name, record, "added" if one is None else "removed"))
            continue
        for variable in values:
            if one[variable] != other[variable]:
                changes.append(Change(name, record, "changed", variable, text(one[variable]), text(other[variable])))
        renumbered += any(one[number] != other[number] for number in keys.number)
    return Dataset(name, keys.shown, old.height, new.height, tuple(changes), renumbered, added, removed)


def text(value: Any) -> str | None:
    """A value as it is read: a whole number without decimals, an empty one as None."""
    if value is None or value == "" or value != value:
        return None
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _names(rows: Sequence[Row | None], keys: _Keys) -> list[tuple[tuple[str, str], ...]]:
    """How each record is named: by the variables it is matched by, and by its number where these are not enough."""

    def named(row: Row | None, variables: Sequence[str]) -> tuple[tuple[str, str], ...]:
        values = ((v, text((row or {}).get(v))) for v in variables)
        return tuple((v, value) for v, value in values if value is not None)

    found = [named(row, keys.shown) for row in rows]
    seen: dict[tuple[tuple[str, str], ...], int] = defaultdict(int)
    for name in found:
        seen[name] += 1
    return [
        name if seen[name] == 1 else named(row, (*keys.shown, *keys.number))
        for row, name in zip(rows, found, strict=True)
    ]


def _keys(columns: Sequence[str], *, once: bool) -> _Keys:
    """What tells the records of a dataset with these variables apart: where nothing is known to, all of them.

    With `once` no patient has two records.
    """
    about = _present(columns, SUBJECT + TOPIC)
    visit, date, number = (_present(columns, names)[:1] for names in (VISIT, DATE, NUMBER))
    if "SUBJID" in columns and not _present(columns, EVENTS):
        return _Keys(SUBJECT, (), (), (), False)  # DM and ADSL: one record of each patient
    if about in ((), SUBJECT) and not (visit or date or number or (about and once)):
        about = tuple(columns)
    return _Keys(about, visit, date, number, bool(_present(columns, REPEATING)))


def _present(columns: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """The columns that fit the names, in the names' order."""
    return tuple(
        column
        for name in wanted
        for column in columns
        if column == name or (name.startswith("--") and len(column) == len(name) and column.endswith(name[2:]))
    )


def _pairs(
    old: Sequence[Row], new: Sequence[Row], keys: _Keys, values: tuple[str, ...]
) -> Iterator[tuple[Row | None, Row | None]]:
    """Records of both sides that are the same one, in the order of the new side; then those of the old side alone."""
    partner: dict[int, Row] = {}
    left, right = list(old), list(new)
    for variables, alone in ((values, False), *_levels(keys)):  # equal records first: they are no change
        left, right = _matched(left, right, _reader(variables, alone), partner, once=alone and not keys.visit)
    for row in new:
        yield partner.get(id(row)), row
    for row in left:
        yield row, None


def _levels(keys: _Keys) -> Iterator[tuple[tuple[str, ...], bool]]:
    """By which variables records are matched, the surest first; True where it is by what they are about alone."""
    about = keys.about + keys.visit
    yield about + keys.date + keys.number, False
    yield about + keys.date, False
    if keys.number:
        yield about + keys.number, False
        if keys.date:
            yield (*SUBJECT, *keys.date, *keys.number), False
    if not keys.repeating:
        yield about, True


def _reader(variables: tuple[str, ...], alone: bool) -> Callable[[Row], tuple[Any, ...] | None]:
    """The key of a record; None for one that must not be matched by it: without its visit, where that decides."""
    visit = next((v for v in variables if v in VISIT), None) if alone else None
    return lambda row: None if visit and row[visit] is None else tuple(row.get(v) for v in variables)


def _matched(
    old: list[Row],
    new: list[Row],
    key: Callable[[Row], tuple[Any, ...] | None],
    partner: dict[int, Row],
    *,
    once: bool,
) -> tuple[list[Row], list[Row]]:
    """Match the records whose keys are equal, in their order, and return the others.

    With `once` only a key that a single record of either side has counts.
    """
    waiting: dict[tuple[Any, ...], deque[Row]] = defaultdict(deque)
    many: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in old:
        if (found := key(row)) is not None:
            waiting[found].append(row)
    for row in new:
        if (found := key(row)) is not None:
            many[found] += 1
    taken: set[int] = set()
    rest = []
    for row in new:
        found = key(row)
        queue = waiting.get(found) if found is not None else None
        if found is None or not queue or (once and (len(queue) > 1 or many[found] > 1)):
            rest.append(row)
            continue
        one = queue.popleft()
        taken.add(id(one))
        partner[id(row)] = one
    return [row for row in old if id(row) not in taken], rest


def _with_qualifiers(datasets: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The datasets with supplemental qualifiers (SUPP--) as variables of their parents, whose --SEQ they name.

    Qualifiers that have no such parent stay a dataset of their own.
    """
    found = dict(datasets)
    for name in sorted(datasets):
        parent, number = name.removeprefix("SUPP"), f"{name.removeprefix('SUPP')[:2]}SEQ"
        frame, whole = datasets[name], datasets.get(parent)
        if parent == name or whole is None or number not in whole.columns:
            continue
        if not {"USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL"} <= set(frame.columns):
            continue
        own = frame.filter(pl.col("IDVAR") == number).with_columns(
            pl.col("IDVARVAL").cast(pl.Float64, strict=False).alias(number)
        )
        if (
            own.height < frame.height
            or own[number].null_count()
            or own.select("USUBJID", number, "QNAM").is_duplicated().any()
        ):
            continue
        wide = own.pivot("QNAM", index=["USUBJID", number], values="QVAL", sort_columns=True)
        if set(wide.columns[2:]) & set(whole.columns):
            continue
        found[parent] = whole.join(wide, on=["USUBJID", number], how="left", maintain_order="left")
        del found[name]
    return found
