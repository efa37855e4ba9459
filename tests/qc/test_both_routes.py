"""Both routes on random patients: every record and every summary of response, and every count of the analysis sets.

The patients are as unlikely as the data check lets through: partial dates everywhere, unscheduled and late scans,
visits over several days, new therapy and death in any order. The seeds are fixed.
"""

import random
from typing import Any

import polars as pl
import pytest

from analysis import adam
from analysis.params import Params
from analysis.qc import compare, second_route
from tests.conftest import first_of
from tests.qc.build import EVERY_SET, date, settings

PATIENTS = 15
SETS = {"n.fas": "FASFL", "n.response_evaluable": "RSPEVFL", "n.safety": "SAFFL", "n.per_protocol": "PPROTFL"}


class Made:
    """Random SDTM records by domain."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rows: dict[str, list[dict[str, Any]]] = {"TU": [], "TR": []}
        for number in range(PATIENTS):
            self.usubjid = f"X-{number:02}"
            self.patient()

    def add(self, domain: str, **record: Any) -> None:
        self.rows.setdefault(domain, []).append({"USUBJID": self.usubjid, **record})

    def some(self, *values: Any) -> Any:
        return self.random.choice(values)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def partial(self, low: int, high: int) -> str | None:
        """A date, often complete, else without day, without month, with a time, or missing."""
        text = date(self.random.randint(low, high)).isoformat()
        return self.some(text, text, text, text[:7], text[:4], f"{text}T10:30", None)

    def patient(self) -> None:
        death = self.partial(0, 500) if self.chance(0.4) else None
        self.add("DM", ARM="A", DTHDTC=death, DTHFL="Y" if death else self.some(None, None, None, "Y"))
        if self.chance(0.85):
            self.add("DS", DSCAT="PROTOCOL MILESTONE", DSDECOD="ENROLLED", DSSTDTC=date(0).isoformat())
        for drug in ("ANLOTINIB", "FULVESTRANT"):
            if self.chance(0.4):
                scope, end = self.some(drug, drug, drug, "STUDY TREATMENT", None), self.partial(0, 300)
                self.add("DS", DSCAT="DISPOSITION EVENT", DSSCAT=scope, DSDECOD="ADVERSE EVENT", DSSTDTC=end)
            if self.chance(0.7):
                frequency, dose = self.some("QD", "ONCE", None), self.some(12.0, 12.0, 0.0, None)
                days = {"EXSTDTC": self.partial(0, 5), "EXENDTC": self.partial(6, 300)}
                self.add("EX", EXTRT=drug, EXDOSE=dose, EXDOSFRQ=frequency, **days)
        if self.chance(0.2):
            days = {"DSSTDTC": self.partial(0, 300)}
            self.add("DS", DSCAT="DISPOSITION EVENT", DSSCAT="ANLOTINIB", DSDECOD="PROGRESSIVE DISEASE", **days)
        if self.chance(0.9):
            kind = self.some("TARGET", "TARGET", "NON-TARGET")
            self.add("TU", TUSTRESC=kind, TULNKID="T1", TULOC="LIVER", VISITNUM=1.0, TUDTC=self.partial(-15, 3))
        self.courses() if self.chance(0.5) else self.scans()
        for _ in range(self.random.randint(0, 2)):
            self.add("CM", CMCAT=self.some("SUBSEQUENT ANTICANCER THERAPY", "OTHER"), CMSTDTC=self.partial(-20, 400))
            category = self.some("SUBSEQUENT RADIOTHERAPY", "SUBSEQUENT ANTICANCER SURGERY", "PRIOR RADIOTHERAPY")
            self.add("PR", PRCAT=category, PRLOC=self.some("LIVER", "BONE"), PRSTDTC=self.partial(-20, 400))
            self.add("AE", AESTDTC=self.partial(0, 500))
            self.add("SV", SVSTDTC=self.partial(0, 400), SVENDTC=self.some(date(400).isoformat(), None))
            self.add("SS", SSTESTCD="SURVSTAT", SSSTRESC=self.some("ALIVE", "UNKNOWN"), SSDTC=self.partial(0, 600))

    def scans(self) -> None:
        day = 0
        for number in range(2, 2 + self.random.randint(0, 6)):
            day += self.some(56, 56, 56, 50, 60, 30, 63, 120, 126, 127, 130, 7)
            visit = {"VISITNUM": float(number), "VISITDY": self.some(None, day // 56 * 56 + 1.0)}
            response = self.some("SD", "SD", "PR", "CR", "NE", "NON-CR/NON-PD", "PD", "CHECK")
            category, reader = self.some(*["RECIST 1.1"] * 9, None), self.some(*["INVESTIGATOR"] * 9, None)
            reading = {"RSCAT": category, "RSEVAL": reader, "RSACPTFL": self.some(*[None] * 5, "Y")} | visit
            recorded = date(day).isoformat()
            dated = self.some(recorded, recorded, recorded, recorded[:7])
            self.add("RS", RSTESTCD="OVRLRESP", RSSTRESC=response, RSDTC=dated, **reading)
            if self.chance(0.2):  # a second reading of the visit or of its day
                other = self.some(visit, visit | {"VISITNUM": None}, visit | {"VISITNUM": number + 0.5})
                when = date(day + self.some(0, 0, 3)).isoformat()
                self.add("RS", RSTESTCD="OVRLRESP", RSSTRESC=self.some("PD", "SD"), RSDTC=when, **(reading | other))
            earlier = date(day - self.random.randint(0, 5)).isoformat()
            if self.chance(0.3):
                test, of = self.some("TRGRESP", "NTRGRESP"), self.some("PD", "SD")
                self.add("RS", RSTESTCD=test, RSSTRESC=of, RSDTC=earlier, **reading)
            if self.chance(0.3):
                group, says = self.some("TARGET", "NON-TARGET", "NEW"), self.some("10", "UNEQUIVOCAL PROGRESSION")
                reader = self.some(None, "INVESTIGATOR", "INDEPENDENT ASSESSOR")
                lesion = {"TRGRPID": group, "TRSTRESC": says, "TREVAL": reader, "VISITNUM": float(number)}
                self.add("TR", TRDTC=earlier, **lesion)

    def courses(self) -> None:
        """Scans without irregular records, but of every response and at intervals that confirm and do not."""
        day, liked = 0, self.some("CR", "PR", "SD", "NON-CR/NON-PD")
        for number in range(2, 2 + self.random.randint(1, 9)):
            day += self.some(7, 14, 27, 28, 41, 42, 56, 56, 56, 126, 127, 161)
            response = self.some("CR", "PR", "SD", "NE", "NON-CR/NON-PD", "PD", liked, liked, liked, liked)
            reading = {"RSTESTCD": "OVRLRESP", "RSSTRESC": response, "RSCAT": "RECIST 1.1", "RSEVAL": "INVESTIGATOR"}
            self.add("RS", RSDTC=date(day).isoformat(), VISITNUM=float(number), VISITDY=day // 56 * 56 + 1.0, **reading)

    def sdtm(self) -> dict[str, pl.DataFrame]:
        frames = {}
        for domain, rows in self.rows.items():
            if rows:
                numbered = [row | {f"{domain}SEQ": float(n)} for n, row in enumerate(rows, 1)]
                frames[domain] = pl.DataFrame(numbered, infer_schema_length=None)
                empty = [name for name, kind in frames[domain].schema.items() if kind == pl.Null]
                frames[domain] = frames[domain].with_columns(pl.col(empty).cast(pl.String))
        return frames

    def params(self) -> Params:
        first, *others = self.random.sample(EVERY_SET, 4)
        pfs = {"rule_set": first, "sensitivity_sets": others, "start": self.some("enrolment", "first_dose")}
        response = {
            "confirmation_days": self.some(28, 28, 56, 0),
            "minimum_sd_days": self.some(42, 42, 49, 0),
            "max_ne_between": self.some(1, 0, 2),
            "sd_between": self.some(1, 0, 2),
            "cr_then_worse": self.some("recist", "admiralonco"),
            "cbr_rule": self.some("assessment", "duration"),
            "cbr_days": self.some(168, 168, 112),
            "max_months": self.some(24, 24, 12, 6.5),
        }
        return settings(
            cutoff=self.some(3500, 400),
            pfs=pfs | {"max_months": self.some(60, 6)},
            os={"max_months": self.some(96, 8)},
            response=response,
        )


@pytest.mark.parametrize("seed", first_of(12, 40))
def test_every_record_and_count_is_the_same(seed: int) -> None:
    made = Made(seed)
    sdtm, params = made.sdtm(), made.params()
    tables = {name: dataset.frame for name, dataset in adam.derive(sdtm, params).items()}
    second = second_route.recompute(sdtm, params)
    found = compare.compare([], tables, second, ())
    assert found.filter(~pl.col("AGREE")).rows() == []
    # and nothing more in the first route
    first = set(tables["ADTTE"]["PARAMCD"]) - {"PFSREC", "PFSIC"}  # sensitivity, in one route only
    assert first == set(second.records["PARAMCD"])
    enrolled = tables["ADSL"].filter(pl.col("ENRLFL") == "Y")
    assert enrolled.filter(pl.col("DTHFL") == "Y").height == second.values["n.deaths"]
    counts = {name: tables["ADSL"].filter(pl.col(flag) == "Y").height for name, flag in SETS.items()}
    assert counts == {name: second.values[name] for name in SETS}
    summary = tables["ADRS"].filter(pl.col("PARAMCD").is_in(["CRSP", "CCB"]))
    for name, rule in (("orr.awaiting", "awaiting_confirmation"), ("cbr.awaiting", "awaiting_benefit")):
        assert summary.filter(pl.col("RULE") == rule).height == second.values[name]
