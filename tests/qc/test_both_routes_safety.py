"""Both routes' safety results on random patients: every event, dose and laboratory value, and every table.

The patients are as unlikely as the data check lets through: partial and missing dates, doses early, late, overlapping
and in other units, values in mixed units without limits, terms that are missing, hostile or look like a heading.
"""

import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analysis import adam
from analysis.params import Params, load_catalogue
from analysis.qc import compare, second_route
from analysis.results import Result
from analysis.tlf import (
    adverse_events_overview,
    adverse_events_rates,
    adverse_events_tables,
    baseline,
    deaths,
    exposure,
    laboratory,
    special_interest,
    vital_signs,
)
from analysis.tlf.context import Context
from tests.conftest import first_of
from tests.qc.build import date, settings

ROOT = Path(__file__).parents[2]
PATIENTS = 12
CUTOFF = 400
TERMS = ("Nausea", "nausea", "Not coded", "<script>alert(1)</script>", "{{< include x >}}", "Anemia", None)
CLASSES = ("Gastrointestinal disorders", "Not coded", 'O\'Brien "quoted" \\ \U0001f600', None)
PRODUCERS = (
    adverse_events_overview.results,
    adverse_events_tables.all_results,
    adverse_events_rates.results,
    exposure.results,
    exposure.intensity_results,
    deaths.results,
    laboratory.results,
    laboratory.shift_results,
    special_interest.results,
    vital_signs.pressure_results,
    vital_signs.qtcf_results,
    vital_signs.ecog_results,
)


class Made:
    """Random SDTM records of treatment, events and laboratory values by domain."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rows: dict[str, list[dict[str, Any]]] = {}
        for number in range(PATIENTS):
            self.usubjid = f"X-{number:02}"
            self.patient()
        self.random = random.Random(1000 + seed)
        for number in range(PATIENTS):
            self.usubjid = f"X-{number:02}"
            self.measurements()

    def add(self, domain: str, **record: Any) -> int:
        rows = self.rows.setdefault(domain, [])
        rows.append({"USUBJID": self.usubjid, **record, f"{domain}SEQ": float(len(rows) + 1)})
        return len(rows)

    def some(self, *values: Any) -> Any:
        return self.random.choice(values)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def partial(self, low: int, high: int) -> str | None:
        """A date by the cut-off, mostly complete, else without day, without month, with a time, or missing."""
        text = date(min(self.random.randint(low, high), CUTOFF)).isoformat()
        return self.some(text, text, text, text, text, text[:7], text[:4], f"{text}T10:30", None)

    def patient(self) -> None:
        dead = self.chance(0.3)
        death = self.some(date(self.random.randint(60, CUTOFF)).isoformat(), "2024-12", "2025", None) if dead else None
        age = self.some(None, *map(float, range(40, 80)))
        self.add("DM", ARM="A", ACTARM="A", DTHDTC=death, DTHFL="Y" if dead else None, AGE=age)
        if self.chance(0.9):
            self.add("DS", DSCAT="PROTOCOL MILESTONE", DSDECOD="ENROLLED", DSSTDTC=date(0).isoformat())
        for drug in ("ANLOTINIB", "FULVESTRANT"):
            if self.chance(0.6):
                why = self.some("ADVERSE EVENT", "COMPLETED")
                end = self.partial(100, 300)
                self.add("DS", DSCAT="DISPOSITION EVENT", DSSCAT=self.some(drug, None), DSDECOD=why, DSSTDTC=end)
        if self.chance(0.9):
            self.cycles()
        if self.chance(0.8):
            self.injections()
        for _ in range(self.random.randint(0, 8)):
            self.event()
        for test in ("ALT", "BILI", "CREAT", "HGB", "NEUT", "WBC"):
            if self.chance(0.7):
                self.values(test)
        status = {"RSCAT": "ECOG", "RSTESTCD": "ECOG101", "RSSTRESC": self.some("0", "1", "2", None)}
        self.add("RS", RSDTC=self.partial(-20, 3), **status)

    def cycles(self) -> None:
        """Cycles of daily doses: on time, early, late, cut short, interrupted, overlapping, open."""
        day, dose = self.random.randint(0, 3), 12.0
        for _ in range(self.random.randint(1, 6)):
            dose = self.some(dose, dose, 10.0, 8.0)
            last = day + self.some(13, 13, 13, 6, 20, 0)
            unit, often = self.some("mg", "mg", "mg", None, "MG"), self.some("QD", "QD", None, "BID", "Q3W")
            end = self.some(*[date(last).isoformat()] * 6, date(last).isoformat()[:7])
            record = {"EXTRT": self.some("ANLOTINIB", "anlotinib "), "EXDOSU": unit, "EXDOSFRQ": often}
            self.add("EX", EXDOSE=dose, EXSTDTC=date(day).isoformat(), EXENDTC=end, **record)
            if self.chance(0.2):  # the rest of a cycle after a pause
                pause = date(last + self.some(1, 2, 3)).isoformat()
                self.add("EX", EXDOSE=dose, EXSTDTC=pause, EXENDTC=pause, **record)
            day += self.some(21, 21, 21, 18, 19, 24, 25, 28, 14, 42)
        if self.chance(0.1):
            self.add("EX", EXTRT="ANLOTINIB", EXDOSE=12.0, EXDOSFRQ="QD", EXSTDTC=date(day).isoformat(), EXENDTC=None)
        if self.chance(0.1):
            start = self.some("2024", date(day).isoformat()[:7])
            unknown = self.some(None, 12.0)
            self.add("EX", EXTRT="ANLOTINIB", EXDOSE=unknown, EXDOSU="tablet", EXSTDTC=start, EXENDTC=None)

    def injections(self) -> None:
        day = self.random.randint(0, 2)
        for _ in range(self.random.randint(1, 8)):
            when, end = date(day).isoformat(), self.some(None, date(day).isoformat())
            dose, unit = self.some((500.0, "mg"), (500.0, "mg"), (0.25, "g"), (0.0, "mg"))
            self.add("EX", EXTRT="FULVESTRANT", EXDOSE=dose, EXDOSU=unit, EXDOSFRQ="ONCE", EXSTDTC=when, EXENDTC=end)
            day += self.some(14, 14, 28, 28, 28, 11, 17, 18, 35)

    def event(self) -> None:
        grade = self.some("1", "2", "3", "4", "5", None, " 3 ", "6", "SEVERE")
        start = self.partial(-40, 380)
        end = self.some(None, start, self.partial(-40, 400))
        flags = {name: self.some("Y", "N", "N", None) for name in ("AESER", "AESHOSP")}
        place = {"AEDECOD": self.some(*TERMS), "AEBODSYS": self.some(*CLASSES), "AEOUT": self.some("FATAL", "X", None)}
        action = self.some("DOSE REDUCED", "DRUG WITHDRAWN", "MULTIPLE", "DOSE NOT CHANGED", None)
        said = {"AEREL": self.some("NOT RELATED", None), "AEACN": action, "AESEV": self.some("MILD", "SEVERE", None)}
        said["AEOCCUR"] = self.some("Y", "Y", None, "N")
        seq = self.add("AE", AESTDTC=start, AEENDTC=end, AETOXGR=grade, AESDTH=None, **flags, **place, **said)
        for name, values in (
            ("AERELANL", ("NOT RELATED", "not related", "RELATED", None)),
            ("AERELFUL", ("UNLIKELY RELATED", "POSSIBLE")),
            ("AEACNANL", ("DRUG INTERRUPTED", "DOSE REDUCED", "MULTIPLE", None)),
            ("AEACNFUL", ("DRUG WITHDRAWN", "DOSE NOT CHANGED")),
            ("AEITOXGR", ("1", "2", "3", "x")),
        ):
            if self.chance(0.6):
                self.add(
                    "SUPPAE",
                    IDVAR="AESEQ",
                    IDVARVAL=self.some(str(seq), f"{seq}.0"),
                    QNAM=name,
                    QVAL=self.some(*values),
                )

    def values(self, test: str) -> None:
        """Results around the limits of the criteria, in the usual unit or another."""
        usual, other, size, low, high = {
            "ALT": ("U/L", "ukat/L", 1 / 60, 7.0, 40.0),
            "BILI": ("umol/L", "mg/dL", 1 / 17.1, 3.0, 20.0),
            "CREAT": ("umol/L", "mmol/L", 0.001, 45.0, 90.0),
            "HGB": ("g/L", "g/dL", 0.1, 115.0, 150.0),
            "NEUT": ("10^9/L", "/uL", 1000.0, 2.0, 7.0),
            "WBC": ("10^9/L", "10^3/uL", 1.0, 4.0, 10.0),
        }[test]
        steps = (0.2, 0.25, 0.5, 0.7, 0.75, 1, 1.0001, 1.05, 1.5, 1.51, 2, 3, 3.01, 5, 5.01, 10.5, 20, 21)
        for visit in range(1, self.random.randint(2, 9)):
            value, in_other = self.some(low, high) * self.some(*steps), self.chance(0.15)
            factor, unit = (size, other) if in_other else (1.0, usual)
            unit = self.some(*[unit] * 12, None, "titre")
            limits = (
                (low * factor, high * factor) if self.chance(0.85) else self.some((None, None), (low * factor, None))
            )
            result = self.some(*[value * factor] * 9, None)
            place = {"LBSPEC": self.some(*["BLOOD"] * 9, "URINE"), "LBNRIND": self.some("HIGH", "NORMAL", None)}
            day = self.some(-8, -1, 0, 0, 1, 20, 40, 41, 150, 300)
            when = {"LBDTC": self.partial(day, day), "VISITNUM": self.some(float(visit), None)}
            numbers = {"LBSTRESN": result, "LBSTNRLO": limits[0], "LBSTNRHI": limits[1], "LBSTRESU": unit}
            stat = self.some(*[None] * 9, "NOT DONE")
            self.add(
                "LB", LBTESTCD=test, LBTEST=test, LBCAT="LAB", LBSTAT=stat, LBSTRESC="x", **numbers, **place, **when
            )

    def measurements(self) -> None:
        """Blood pressure, tracings with and without a QTcF, and performance status, at limits and between."""
        for visit in range(1, self.random.randint(2, 7)):
            day = self.some(-8, -1, 0, 0, 1, 20, 41, 150, 300)
            shared = {"VISITNUM": self.some(float(visit), None)}
            for test, limits in (("SYSBP", (130.0, 140.0, 160.0)), ("DIABP", (80.0, 90.0, 100.0))):
                value = self.some(None, *limits, *(limit - 1 for limit in limits))
                unit = {"VSSTRESU": self.some("mmHg", "mmHg", "mmHg", None)}
                self.add("VS", VSTESTCD=test, VSDTC=self.partial(day, day), VSSTRESN=value, **unit, **shared)
            text = self.partial(day, day)
            for test, values in (
                ("QT", (380.0, 450.0, 500.0, 0.0)),
                ("RR", (1000.0, 700.0)),
                ("HR", (60.0, 85.0)),
                ("QTCF", (450.0, 451.0, 480.0, 501.0)),
            ):
                if self.chance(0.6):
                    unit = {"EGSTRESU": "beats/min" if test == "HR" else "ms"}
                    self.add("EG", EGTESTCD=test, EGDTC=text, EGSTRESN=self.some(*values), **unit, **shared)
            if self.chance(0.7):
                status = {
                    "QSSTRESC": self.some("0", "1", "2", "3", "6", "x", None),
                    "QSSTRESN": self.some(None, None, 1.0),
                }
                self.add("QS", QSTESTCD="ECOG101", QSTEST="x", QSDTC=self.partial(day, day), **status, **shared)

    def sdtm(self) -> dict[str, pl.DataFrame]:
        frames = {}
        for domain, rows in self.rows.items():
            found = pl.DataFrame(rows, infer_schema_length=None)
            empty = [name for name, kind in found.schema.items() if kind == pl.Null]
            frames[domain] = found.with_columns(pl.col(empty).cast(pl.String))
        return frames

    def params(self) -> Params:
        plans = (
            {"course": "cycle", "dosing_days": 14, "interval_days": [21]},
            {"course": "injection", "dosing_days": 1, "interval_days": [14, 14, 28]},
        )
        names = {"relatedness_qnam": "AERELANL", "action_qnam": "AEACNANL"}
        others = {"relatedness_qnam": self.some("AERELFUL", None), "action_qnam": "AEACNFUL"}
        drugs = [
            {"name": "anlotinib", "extrt": "ANLOTINIB", "dose_mg": 12, "schedule": "x", "plan": plans[0], **names},
            {
                "name": "fulvestrant",
                "extrt": "FULVESTRANT",
                "dose_mg": 500,
                "schedule": "x",
                "plan": plans[1],
                **others,
            },
        ]
        special = {"name": "anaemia", "title": "Anaemia", "terms": ["ANEMIA"]}
        events = {
            "window_days": self.some(30, 30, 0),
            "severity_grades": self.some({}, {"MILD": 1, "SEVERE": 3}),
            "special_interest": [special],
            "frequent_percent": self.some(10, 25.0),
        }
        study = settings().study.model_dump() | {"treatments": drugs}
        return settings(
            cutoff=CUTOFF,
            study=study,
            adverse_events=events,
            exposure={"window_days": self.some(3, 0, 5)},
            laboratory={"ctcae_version": self.some("5.0", "5.0", "4.03")},
            baseline={"ecog_testcd": "ECOG101"},
        )


@pytest.mark.parametrize("seed", first_of(8, 25))
def test_every_record_and_table_is_the_same(seed: int) -> None:
    made = Made(seed)
    sdtm, params = made.sdtm(), made.params()
    tables = {name: dataset.frame for name, dataset in adam.derive(sdtm, params).items()}
    context = Context(params, load_catalogue(ROOT / "params"), tables)
    results: list[Result] = [result for produce in PRODUCERS for result in produce(context)]
    results += baseline.results(context, baseline.DEMOGRAPHICS)
    second = second_route.recompute(sdtm, params)
    outputs = {result.output for result in results}
    found = compare.compare(results, tables, second, outputs)
    assert found.filter(~pl.col("AGREE")).rows() == []
    named = {output for output, _ in second.safety.named.values()}
    assert outputs <= {*second.safety.values, *second.safety.tables, *named}
