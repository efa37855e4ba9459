"""From a record of an analysis dataset to the SDTM records that it came from.

SRCDOM, SRCVAR and SRCSEQ name the one record that gave the value. Beside it stand records that the dataset names by
other variables (ADSL's, a confirming assessment), those that a sum or a course was made from, and the qualifiers that
belong to a record. Every record is named by its place in the SDTM dataset.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import polars as pl

Row = Mapping[str, Any]
Frames = Mapping[str, pl.DataFrame]
Places = list[int]


@dataclass(frozen=True)
class Source:
    """SDTM records behind a record: the dataset, their places in it (from 0), and why they are named.

    Those that give some of its variables only say which: `gives`.
    """

    dataset: str
    places: tuple[int, ...]
    why: str
    gives: tuple[str, ...] = ()

    def is_behind(self, variables: Container[str]) -> bool:
        """Whether it gives one of some variables."""
        return not self.gives or any(variable in variables for variable in self.gives)


_ENROLLED = ("ENRLDT", "ENRLFL", "FASFL", "RSPEVFL", "PPROTFL", "TRT01P")
_ENDOCRINE = ("PRAIFL", "ADJETFL", "ADJETSDT", "ADJETEDT", "ADJETMON")
# Analysis dataset -> what else names a record: the dataset or the column that has its name, the column of its --SEQ,
# and the variables that it gives where these are not all.
_NAMED: Mapping[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "ADSL": (
        ("DS", "ENRLSEQ", _ENROLLED),
        ("EX", "TRTSSEQ", ("TRTSDT", "SAFFL", "TRT01A")),
        ("DTHCDOM", "DTHCSEQ", ("DTHCAUS",)),
        ("NACTDOM", "NACTSEQ", ("NACTDT",)),
        ("CM", "RESTSEQ", ("RESTYPE",)),
        ("VS", "WEIGHSEQ", ("WEIGHTBL", "BMIBL")),
        ("VS", "HEIGHSEQ", ("HEIGHTBL", "BMIBL")),
        ("RP", "MENOSEQ", ("MENOSTAT",)),
        ("MI", "ERSEQ", ("ERBL", "ERSTAT")),
        ("MI", "PRSEQ", ("PRBL", "PRSTAT")),
        ("MI", "HER2SEQ", ("HER2STAT",)),
        ("MI", "HER2ISEQ", ("HER2STAT",)),
        ("MI", "KI67SEQ", ("KI67BL", "KI67GR1")),
        ("MH", "DIAGSEQ", ("DIAGDT", "DIAGMON", "DENOVOFL", "DFIMON")),
        ("MH", "METSEQ", ("METDT", "METMON", "DENOVOFL", "DFIMON")),
        ("CM", "ADJETSSQ", _ENDOCRINE),
        ("CM", "ADJETESQ", _ENDOCRINE),
    ),
    "ADRS": (("SRCDOM", "CONFSEQ", ()),),
    "ADIE": (("IE", "IESEQ", ()), ("DV", "DVSEQ", ())),
}
# What ADSL has from several records of a patient: the dataset; the column by which they are chosen, and the parameter
# with its values (all records where there is none); the variables.
_SEVERAL: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("DS", "", "", ("EOTSTT1", "EOTDT1", "DCTREAS1", "EOTSTT2", "EOTDT2", "DCTREAS2", "EOSSTT", "EOSDT", "DCSREAS",
                    "SCRFFL", "SCRFREAS")),
    ("TU", "", "", ("BSCANFL", "MEASBLFL", "VISCFL", "LIVERFL", "NSITES", "LUNGFL", "PLEURAFL", "BONEFL", "BRAINFL",
                    "NODEFL", "SKINFL")),
    ("EX", "", "", ("TRTEDT", "TEENDT", "TEENWK")),
    ("DV", "", "", ("PPROTFL", "PPEXRS")),
    ("RS", "RSTESTCD", "baseline.ecog_testcd", ("ECOGBL",)),
    ("RS", "RSTESTCD", "response.rs_testcd", ("RSPEVFL", "RSPEXRS")),
    ("CM", "CMCAT", "baseline.prior_categories", ("CDK46FL", "PRCHEMFL", "RESTYPE", "ADJCTFL", "ADJETFL", "NADVLINE",
                    "NETLINE", "NCTLINE", "PRAIFL", "PRSERMFL", "PRFULFL", "PRPIKFL", "PRHDACFL")),
    ("PR", "PRCAT", "patients.surgery_categories", ("PRSURGFL",)),
    ("PR", "PRCAT", "patients.radiotherapy_categories", ("PRRADFL",)),
)  # fmt: skip
# Parameters of ADTR and ADRS made from several lesions of one visit -> the group of lesions, None for all.
_OF_VISIT: Mapping[str, str | None] = {
    **dict.fromkeys(("SUMDIAM", "RTRGRESP", "BESTPCHG"), "TARGET"),
    "RNTGRESP": "NON-TARGET",
    "ROVRLRSP": None,
}


class Sources:
    """Finds the SDTM records of records of the analysis datasets; `sdtm` and `adam` are keyed by dataset name."""

    def __init__(self, sdtm: Frames, adam: Frames, parameters: Mapping[str, Any] = MappingProxyType({})) -> None:
        self.sdtm, self.adam, self.parameters = sdtm, adam, parameters
        self._columns: dict[tuple[str, str], list[Any]] = {}
        self._patients: dict[str, dict[str, Places]] = {}
        self._sequences: dict[str, dict[tuple[str, int], int]] = {}

    def of(self, dataset: str, record: Row) -> list[Source]:
        """The sources of a record, that of SRCSEQ first; empty where no record gave the value."""
        found: dict[tuple[str, tuple[int, ...]], Source] = {}
        for source in self._all(dataset, record):
            if source.places:
                known = found.setdefault((source.dataset, source.places), source)
                if known.gives:  # one record may give several variables
                    gives = (*known.gives, *source.gives) if source.gives else ()
                    found[source.dataset, source.places] = replace(known, gives=tuple(dict.fromkeys(gives)))
        qualifiers = [q for source in found.values() if (q := self._qualifiers(source)) is not None]
        return [*found.values(), *qualifiers]

    def _all(self, dataset: str, record: Row) -> Iterator[Source]:
        usubjid = record.get("USUBJID")
        if usubjid is None:
            return
        if dataset == "ADSL":
            yield Source("DM", tuple(self._of_patient("DM", usubjid)), "the patient")
            yield replace(self._last_alive(record), gives=("LSTALVDT",))
            yield from self._several(usubjid)
        if record.get("SRCDOM"):
            yield self._named_by_source(dataset, record)
        elif dataset == "ADRS":
            places = [p for p in self._of_patient("RS", usubjid) if self._value("RS", "RSTESTCD", p) == "OVRLRESP"]
            yield Source("RS", tuple(places), "all overall responses: no single one gives it")
        for domain, column, gives in _NAMED.get(dataset, ()):
            found = self._by_sequence(record.get(domain) if domain in record else domain, record, column, column)
            yield replace(found, gives=gives)
        if dataset == "ADTTE":
            yield self._start(record)
        if record.get("SRCDOM") == "TR" and record.get("PARAMCD") in _OF_VISIT:
            yield self._of_visit(record)

    def _named_by_source(self, dataset: str, record: Row) -> Source:
        domain, variable = str(record["SRCDOM"]), str(record["SRCVAR"])
        if record["SRCSEQ"] is not None:
            return self._by_sequence(domain, record, "SRCSEQ", variable)
        places = self._of_patient(domain, record["USUBJID"])
        drug = record.get("EXTRT")
        if dataset == "ADEX" and drug is not None:
            places = [p for p in places if self._value(domain, "EXTRT", p) == drug]
        return Source(domain, tuple(places), variable if len(places) < 2 else f"{variable} of all of them")

    def _by_sequence(self, domain: str | None, record: Row, column: str, why: str) -> Source:
        seq = record.get(column)
        place = self._places_by_sequence(domain).get((record["USUBJID"], seq)) if domain and seq is not None else None
        return Source(domain or "", () if place is None else (place,), why)

    def _last_alive(self, record: Row) -> Source:
        """The record by which a patient was last known alive; of a dataset without --SEQ, by its date."""
        domain, variable, day = record.get("LALVDOM"), record.get("LALVVAR"), record.get("LSTALVDT")
        if domain is None or variable is None or record.get("LALVSEQ") is not None:
            return self._by_sequence(domain, record, "LALVSEQ", f"{variable}: last known alive")
        places = [
            p
            for p in self._of_patient(domain, record["USUBJID"])
            if str(self._value(domain, variable, p) or "").startswith(str(day))
        ]
        return Source(domain, tuple(places), f"{variable}: last known alive")

    def _several(self, usubjid: str) -> Iterator[Source]:
        for domain, column, key, gives in _SEVERAL:
            wanted: Any = self.parameters
            for part in key.split(".") if key else ():
                wanted = wanted.get(part) if isinstance(wanted, Mapping) else None
            values = wanted if isinstance(wanted, list) else [wanted] if isinstance(wanted, str) else []
            places = [
                p for p in self._of_patient(domain, usubjid) if not column or self._value(domain, column, p) in values
            ]
            yield Source(domain, tuple(places), "all that were read", gives)

    def _start(self, record: Row) -> Source:
        """The record of the day on which the time starts: enrolment, the first dose or the first response."""
        patient = self._subjects.get(record["USUBJID"], {})
        day = record.get("STARTDT")
        for date, domain, column in (("ENRLDT", "DS", "ENRLSEQ"), ("TRTSDT", "EX", "TRTSSEQ")):
            if day is not None and patient.get(date) == day:
                return self._by_sequence(domain, patient, column, "start of the time")
        response = self._responses.get(record["USUBJID"], {})
        if day is not None and response.get("ADT") == day:
            return self._by_sequence(str(response["SRCDOM"]), response, "SRCSEQ", "start of the time")
        return Source("", (), "")

    def _of_visit(self, record: Row) -> Source:
        """The lesions of the visit of the record that SRCSEQ names."""
        named = self._places_by_sequence("TR").get((record["USUBJID"], record["SRCSEQ"]))
        if named is None:
            return Source("TR", (), "")
        group, visit = _OF_VISIT[str(record["PARAMCD"])], self._value("TR", "VISIT", named)
        places = [
            p
            for p in self._of_patient("TR", record["USUBJID"])
            if self._value("TR", "VISIT", p) == visit and group in (None, self._value("TR", "TRGRPID", p))
        ]
        return Source("TR", tuple(places), "the lesions of the visit")

    def _qualifiers(self, source: Source) -> Source | None:
        """The supplemental qualifiers of records."""
        supplement = f"SUPP{source.dataset}"
        if supplement not in self.sdtm:
            return None
        keys = {
            (self._value(source.dataset, "USUBJID", p), self._value(source.dataset, f"{source.dataset}SEQ", p))
            for p in source.places
        }
        places = tuple(p for key in sorted(keys, key=str) for p in self._supplements(supplement).get(key, ()))
        return Source(supplement, places, f"qualifiers of {source.dataset}", source.gives) if places else None

    # Reading by key, each dataset once

    def _frame(self, domain: str) -> pl.DataFrame | None:
        return self.sdtm.get(domain, self.adam.get(domain))

    def _value(self, domain: str, column: str, place: int) -> Any:
        if (domain, column) not in self._columns:
            frame = self._frame(domain)
            known = frame is not None and column in frame.columns
            self._columns[domain, column] = frame[column].to_list() if known and frame is not None else []
        values = self._columns[domain, column]
        return values[place] if values else None

    def _of_patient(self, domain: str, usubjid: str) -> Places:
        if domain not in self._patients:
            frame, places = self._frame(domain), dict[str, Places]()
            for place, name in enumerate([] if frame is None else frame["USUBJID"].to_list()):
                places.setdefault(name, []).append(place)
            self._patients[domain] = places
        return self._patients[domain].get(usubjid, [])

    def _places_by_sequence(self, domain: str) -> dict[tuple[str, int], int]:
        if domain not in self._sequences:
            frame, column = self._frame(domain), f"{domain}SEQ"
            pairs = [] if frame is None or column not in frame.columns else frame.select("USUBJID", column).rows()
            self._sequences[domain] = {(u, int(seq)): p for p, (u, seq) in enumerate(pairs) if seq is not None}
        return self._sequences[domain]

    @cached_property
    def _by_supplement(self) -> dict[str, dict[tuple[str, int], Places]]:
        return {}

    def _supplements(self, name: str) -> dict[tuple[str, int], Places]:
        if name not in self._by_supplement:
            frame, found = self.sdtm[name], dict[tuple[str, int], Places]()
            seq = pl.col("IDVARVAL").cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)
            rows = frame.select("USUBJID", seq, pl.col("IDVAR") == f"{name[4:]}SEQ").iter_rows()
            for place, (usubjid, value, of_sequence) in enumerate(rows):
                if of_sequence and value is not None:
                    found.setdefault((usubjid, value), []).append(place)
            self._by_supplement[name] = found
        return self._by_supplement[name]

    @cached_property
    def _subjects(self) -> dict[str, Row]:
        frame = self.adam.get("ADSL")
        return {} if frame is None else {row["USUBJID"]: row for row in frame.iter_rows(named=True)}

    @cached_property
    def _responses(self) -> dict[str, Row]:
        """The time to response of each responder, whose end is the start of its duration."""
        frame = self.adam.get("ADTTE")
        rows = [] if frame is None else frame.filter(pl.col("PARAMCD") == "TTR").iter_rows(named=True)
        return {row["USUBJID"]: row for row in rows}
