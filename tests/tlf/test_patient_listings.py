"""Listings 16.2.1 to 16.2.8 on tiny frames made by hand, and complete against the records of the synthetic study."""

import datetime as dt
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from analysis import params as parameters
from analysis.adam.adae import derive_adae
from analysis.adam.adex import derive_adex
from analysis.adam.adlb import derive_adlb
from analysis.adam.adsl import derive_adsl
from analysis.cut.dataset import frames, read_folder
from analysis.tlf import patient_listings, patient_listings_laboratory, patient_listings_treatment
from analysis.tlf.context import Context
from analysis.tlf.display import write_display
from analysis.tlf.listings import as_recorded
from analysis.tlf.model import Table
from tests.adam.build import day, params
from tests.conftest import PROJECT

CUT = "2025-06-30"
HOSTILE = "<b>#pagebreak() {{< embed x >}} \\par"


def frame(*records: dict[str, Any]) -> pl.DataFrame:
    """Records as a frame; a variable that one of them lacks is missing there."""
    names = dict.fromkeys(name for record in records for name in record)
    return pl.DataFrame([{name: record.get(name) for name in names} for record in records], infer_schema_length=None)


def context(**adam: pl.DataFrame) -> Context:
    return Context(params(), parameters.load_catalogue(PROJECT / "params"), adam)


def below(table: Table, heading: str) -> list[list[str]]:
    """The rows of one patient."""
    found = [[cell.text for cell in row.cells] for row in table.rows]
    start = found.index([heading]) + 1
    stop = next((i for i in range(start, len(found)) if len(found[i]) == 1), len(found))
    return found[start:stop]


def headings(table: Table) -> list[str]:
    return [row.cells[0].text for row in table.rows if row.kind == "group"]


def enrolled(usubjid: str, **values: Any) -> dict[str, Any]:
    """A patient who is in every set and on both drugs."""
    drugs = {f"{name}{number}": None for number in (1, 2) for name in ("EOTDT", "DCTREAS")}
    status = {"EOTSTT1": "ONGOING", "EOTSTT2": "ONGOING", "EOSSTT": "ONGOING", "EOSDT": None, "DCSREAS": None}
    flags = dict.fromkeys(("SCRNFL", "ENRLFL", "FASFL", "SAFFL", "RSPEVFL", "PPROTFL"), "Y")
    reasons = dict.fromkeys(("FASEXRS", "SAFEXRS", "RSPEXRS", "PPEXRS"))
    return {"USUBJID": usubjid, "TRTSDT": day(0), **flags, **reasons, **drugs, **status, **values}


def dose(usubjid: str, number: int, start: int, days: int, course: int, **values: Any) -> dict[str, Any]:
    drug = {1: "ANLOTINIB", 2: "FULVESTRANT"}[number]
    dates = {"ASTDT": day(start), "ASTDTF": None, "AENDT": day(start + days - 1), "AENDTF": None, "ADURN": days}
    plain = {"AVAL": 12.0, "EXTRT": drug, "ACOURSE": course, "EXADJ": None, "ADOSCHG": None, "ALATE": 0}
    return {"USUBJID": usubjid, "PARAMCD": f"DOSE{number}", **dates, **plain, **values}


def event(usubjid: str, seq: int, term: str, **values: Any) -> dict[str, Any]:
    dates = {"AESTDTC": "2024-01-05", "ASTDT": day(4), "ASTDTF": None, "ASTDY": 5}
    ends = {"AEENDTC": None, "AENDT": None, "AENDTF": None, "AENDY": None}
    drugs = {"AREL1": "PROBABLY RELATED", "AEACN1": "DOSE REDUCED", "AREL2": "NOT RELATED", "AEACN2": None}
    terms = {"AESEQ": seq, "AETERM": term, "AEDECOD": term, "AEBODSYS": "Vascular disorders", "AEOUT": "FATAL"}
    stopped = {"ADISFL": "N", "ADIS1FL": "N", "ADIS2FL": "N"}
    rules = {"TRTEMFL": "Y", "TRTEMRUL": "WITHIN", "REGTEMFL": "Y", "REGTERUL": "WITHIN"}
    grades = {"ATOXGRN": 2, "AITOXGRN": None, "ASERFL": "N"}
    return {"USUBJID": usubjid, **terms, **dates, **ends, **grades, **drugs, **stopped, **rules, **values}


def result(test: str, value: float | None, **values: Any) -> dict[str, Any]:
    of = {"PARAMCD": test, "PARAM": test.title(), "PARCAT1": "CHEMISTRY", "AVAL": value, "AVALC": None, "AVALU": "U/L"}
    visit = {"AVISIT": "CYCLE 1", "AVISITN": 101.0, "ADT": day(0), "ADY": 1}
    grades = {"ATOXGRL": None, "ATOXGRH": 0, "ANRIND": "NORMAL", "ANRLO": 7.0, "ANRHI": 40.0}
    return {"USUBJID": "A", **of, **visit, **grades, **values}


@pytest.mark.parametrize(
    ("recorded", "taken", "flag", "shown"),
    [
        ("2024-03", dt.date(2024, 3, 1), "D", "2024-03 (2024-03-01)"),
        ("2024", dt.date(2024, 1, 1), "M", "2024 (2024-01-01)"),
        ("2024-03-05T10:30", dt.date(2024, 3, 5), None, "2024-03-05"),
        ("2024", None, None, "2024"),
        (None, None, None, "Not recorded"),
    ],
)
def test_a_date_says_what_was_recorded_and_what_was_taken(recorded: Any, taken: Any, flag: Any, shown: str) -> None:
    assert as_recorded(recorded, taken, flag) == shown


def test_who_discontinued_what_when_and_why() -> None:
    """C stopped one drug by an event and then died on an unknown day; B was never given the second; A is ongoing."""
    stopped = {"EOTSTT1": "DISCONTINUED", "EOTDT1": day(30), "DCTREAS1": "ADVERSE EVENT"}
    died = {"EOSSTT": "DISCONTINUED", "DCSREAS": "DEATH"}
    adsl = frame(enrolled("C", **stopped, **died), enrolled("B", TRTSDT=None, EOTSTT2="NOT TREATED"), enrolled("A"))
    adex = frame(dose("C", 1, 0, 14, 1), dose("C", 1, 21, 7, 2), dose("C", 2, 0, 1, 1))
    adae = frame(
        event("C", 1, "Rash", AESTDTC="2024-01", ASTDTF="D", ASTDT=day(0), ADISFL="Y", ADIS1FL="Y"),
        event("C", 2, "Cough"),
    )
    table = patient_listings.discontinued(context(ADSL=adsl, ADEX=adex, ADAE=adae))
    assert headings(table) == ["Patient B", "Patient C"]
    assert below(table, "Patient B") == [["Fulvestrant", "", "", "", "", "Not given"]]
    assert below(table, "Patient C") == [
        ["Anlotinib", "2024-01-01", "2024-01-28", "2024-01-31", "31",
         "Adverse event\nRash, grade 2, from 2024-01 (2024-01-01)"],
        ["Study", "", "", "Date not complete", "", "Death"],
    ]  # fmt: skip


def test_deviations_in_the_order_of_their_dates() -> None:
    one = {"DVDECOD": "VISIT OUT OF WINDOW", "EPOCH": "TREATMENT", "IMPDVFL": "N", "PPDVFL": "N", "DVTERM": HOSTILE}
    source = {"SRCDOM": "DV", "SRCVAR": "DVDECOD", "SRCSEQ": 3}
    addv = frame(
        {"USUBJID": "A", "DVSTDTC": "2024-02", "ASTDT": day(31), "ASTDTF": "D", "ASTDY": 32, **one, **source},
        {"USUBJID": "A", "DVSTDTC": None, "ASTDT": None, "ASTDTF": None, "ASTDY": None,
         **one, **source, "DVDECOD": None, "EPOCH": None, "IMPDVFL": "Y", "PPDVFL": "Y"},
        {"USUBJID": "Z", "DVSTDTC": "2024-02-01", "ASTDT": day(31), "ASTDTF": None, "ASTDY": None, **one, **source},
    )  # fmt: skip
    table = patient_listings.deviations(context(ADSL=frame(enrolled("A"), enrolled("B")), ADDV=addv))
    assert headings(table) == ["Patient A"]  # Z was not enrolled, B has none
    first, second = below(table, "Patient A")
    assert first[:4] == ["2024-02 (2024-02-01)", "32", "Treatment", "Visit out of window"]
    assert first[4:] == [HOSTILE, "No", "No", "DV DVDECOD 3"]
    assert second[:4] == ["Not recorded", "", "", "Category not recorded"]
    assert second[5:7] == ["Yes", "Yes"]


def test_who_is_out_of_which_set() -> None:
    out = {"PPROTFL": "N", "PPEXRS": "Important protocol deviation: ELIGIBILITY CRITERIA NOT MET"}
    adsl = frame(enrolled("A"), enrolled("B", **out), enrolled("C", ENRLFL="N", FASFL="N", FASEXRS="Not enrolled"))
    table = patient_listings.excluded(context(ADSL=adsl))
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["B", "Included", "Included", "Included",
         "Excluded: Important protocol deviation: Eligibility criteria not met"]
    ]  # fmt: skip


def test_baseline_in_the_words_of_its_tables() -> None:
    """The parameters of the tiny study name no sites and no classes of drugs."""
    numbers = {"AGE": 61.0, "WEIGHTBL": 58.45, "HEIGHTBL": 157.0, "BMIBL": 23.69, "ECOGBL": 1.0, "ERBL": 70.0}
    texts = {"SEX": "F", "RACE": "ASIAN", "MENOSTAT": "POSTMENOPAUSAL", "HER2STAT": "LOW", "RESTYPE": None}
    flags = {"LIVERFL": "Y", "PRSURGFL": "Y", "PRRADFL": "N", "ADJCTFL": "N", "ADJETFL": "Y", "CDK46FL": "N"}
    dates = {"DIAGDT": dt.date(2015, 12, 1), "DIAGDTF": "D", "METDT": None, "METDTF": None}
    counts = {"PRBL": None, "KI67BL": None, "NADVLINE": 2, "NETLINE": 1, "NCTLINE": 0}
    record = enrolled("A", **numbers, **texts, **flags, **dates, **counts)
    table = patient_listings.characteristics(context(ADSL=frame(record, record | {"USUBJID": "B", "LIVERFL": None})))
    assert below(table, "Patient A") == [
        ["61 years\nFemale\nAsian", "58.5 kg\n157 cm\n23.7", "ECOG: 1\nPostmenopausal",
         "ER: 70%\nPR: missing\nHER2: Low\nKi-67: missing", "2015-12-01 (D)\nMissing", "Liver",
         "Surgery\n(Neo)adjuvant endocrine therapy", "All: 2\nEndocrine: 1\nChemotherapy: 0", "None", "Missing"]
    ]  # fmt: skip
    assert below(table, "Patient B")[0][5] == "Missing"


def test_doses_alike_share_a_row_and_changes_have_their_own() -> None:
    adex = frame(
        *(dose("A", 1, 21 * number, 14, number + 1) for number in range(4)),
        dose("A", 1, 91, 14, 5, ALATE=7, EXADJ="ADVERSE EVENT", ADOSCHG="REDUCED", AVAL=10.0),
        dose("A", 1, 112, 14, 6, AVAL=10.0, AENDTF="D"),
        dose("A", 1, 133, 9, 7, AVAL=None),
        *(dose("A", 2, 28 * number, 1, number + 1, AVAL=500.0) for number in range(7)),
        {**dose("A", 1, 0, 14, 1), "PARAMCD": "CUM1"},
    )
    table = patient_listings_treatment.dosing(context(ADSL=frame(enrolled("B"), enrolled("A")), ADEX=adex))
    assert headings(table) == ["Patient A", "Patient B: no dose of study treatment"]
    assert below(table, "Patient A") == [
        ["Anlotinib", "1 to 4", "12", "14",
         "2024-01-01 to 2024-01-14; 2024-01-22 to 2024-02-04; 2024-02-12 to 2024-02-25;\n2024-03-04 to 2024-03-17", ""],
        ["Anlotinib", "5", "10", "14", "2024-04-01 to 2024-04-14", "Dose reduced. 7 days late. Adverse event"],
        ["Anlotinib", "6", "10", "14", "2024-04-22 to 2024-05-05 (D)", ""],
        ["Anlotinib", "7", "Not known", "9", "2024-05-13 to 2024-05-21", ""],
        ["Fulvestrant", "1 to 7", "500", "1",
         "2024-01-01; 2024-01-29; 2024-02-26; 2024-03-25; 2024-04-22; 2024-05-20;\n2024-06-17", ""],
    ]  # fmt: skip


def test_events_with_dates_grades_drugs_and_rules() -> None:
    partial = {"AESTDTC": "2024-03", "ASTDT": day(60), "ASTDTF": "D", "ASTDY": 61}
    ended = {"AEENDTC": "2024-04", "AENDT": day(120), "AENDTF": "D", "AENDY": 121, "AEOUT": "RECOVERED/RESOLVED"}
    nothing = {"AESTDTC": None, "ASTDT": None, "ASTDY": None, "AEDECOD": None, "AEBODSYS": None, "AEOUT": None}
    before = {"TRTEMFL": "N", "TRTEMRUL": "ENDED BEFORE", "ATOXGRN": None, "AREL1": None}
    adae = frame(
        event("A", 2, "Hypertension", AETERM="HYPERTENSION", ATOXGRN=3, AITOXGRN=1, ASERFL="Y", **partial, **ended),
        event("A", 1, HOSTILE, **nothing, **before),
    )
    table = patient_listings_treatment.events(context(ADSL=frame(enrolled("A"), enrolled("B")), ADAE=adae))
    assert headings(table) == ["Patient A", "Patient B: no adverse event"]
    assert [(span.label, span.first, span.last) for span in table.spans] == [("Anlotinib", 6, 7), ("Fulvestrant", 8, 9)]
    assert below(table, "Patient A") == [
        ["2", "HYPERTENSION\nVascular disorders", "2024-03 (2024-03-01)\nDay 61", "2024-04 (2024-04-30)\nDay 121",
         "3 (1)", "Yes", "Probably related", "Dose reduced", "Not related", "Not recorded", "Resolved",
         "Yes: within\nYes: within"],
        ["1", f"{HOSTILE}\nNot coded\nNot coded", "Not recorded", "No end", "Missing", "No", "Not recorded",
         "Dose reduced", "Not related", "Not recorded", "Not recorded", "No: ended before\nYes: within"],
    ]  # fmt: skip


def test_measurements_of_a_visit_are_a_row_with_letters_and_grades() -> None:
    other = {"PARAMCD": "LDH", "PARAM": "Lactate dehydrogenase (U/L)", "ATOXGRH": None}
    adlb = frame(
        result("ALT", 255.0, ATOXGRH=3, ANRIND="HIGH", AVISIT="LATER", ADT=day(21), ADY=22),
        result("ALT", 20.0),
        result("ALT", 30.0, ANRHI=45.0),
        result("AST", None, AVALC="<5", ANRIND=None, ATOXGRH=None),
        result("HGB", 79.5, ATOXGRL=2, ATOXGRH=None, ANRIND="LOW", ANRLO=None, AVALU="g/L"),
        result("UPROT", None, AVALC="2+", AVALU=None, ANRIND="ABNORMAL", ANRLO=None, ANRHI=None, ADT=None, ADY=None),
        {**result("HGB", 300.0), **other, "ANRIND": "HIGH"},
        result("HYSLAW", None, AVALC="N", PARCAT1="DERIVED"),
        result("THYROID", None, AVALC="TSH within limits"),
    )
    made = context(ADSL=frame(enrolled("A"), enrolled("B")), ADLB=adlb)
    chemistry = patient_listings_laboratory.chemistry(made)
    assert headings(chemistry) == ["Patient A", "Patient B: no measurement"]
    assert [column.label for column in chemistry.columns[2:]] == ["ALT\nU/L", "AST\nU/L"]
    assert below(chemistry, "Patient A") == [
        ["CYCLE 1", "2024-01-01 (1)", "20; 30", "<5"],
        ["LATER", "2024-01-22 (22)", "255 H G3", ""],
    ]
    assert "ALT: Alt, 7 to 40 or 7 to 45. AST: Ast, 7 to 40." in [note.text for note in chemistry.footnotes]
    rest = patient_listings_laboratory.blood_count(made)
    assert [column.label for column in rest.columns[2:]] == ["HGB\ng/L", "UPROT", "Other tests"]
    assert below(rest, "Patient A") == [
        ["CYCLE 1", "2024-01-01 (1)", "79.5 L G2", "", "Lactate dehydrogenase (U/L): 300 H"],
        ["CYCLE 1", "Not recorded", "", "2+ A", ""],
    ]
    assert any("HGB: Hgb, up to 40. UPROT: Uprot." in note.text for note in rest.footnotes)


def test_hostile_text_reaches_every_format(tmp_path: Path) -> None:
    made = context(ADSL=frame(enrolled("A")), ADAE=frame(event("A", 1, HOSTILE)))
    write_display(patient_listings_treatment.events(made), tmp_path)
    html = (tmp_path / "l-16-2-7-1.html").read_text()
    assert "&lt;b&gt;#pagebreak()" in html
    assert "{{<" not in html


def test_without_records_every_patient_is_named_or_the_listing_says_that_there_is_nothing() -> None:
    adsl = frame(enrolled("A"))
    empty = {name: frame(record).clear() for name, record in (
        ("ADEX", dose("A", 1, 0, 1, 1)), ("ADAE", event("A", 1, "X")), ("ADLB", result("ALT", 1.0))
    )}  # fmt: skip
    made = context(ADSL=adsl, **empty)
    assert patient_listings.discontinued(made).rows == ()
    assert patient_listings.excluded(made).rows == ()
    assert headings(patient_listings_treatment.dosing(made)) == ["Patient A: no dose of study treatment"]
    assert headings(patient_listings_treatment.events(made)) == ["Patient A: no adverse event"]
    assert headings(patient_listings_laboratory.chemistry(made)) == ["Patient A: no measurement"]


@cache
def synthetic() -> tuple[dict[str, pl.DataFrame], Context]:
    """The cut's records of enrolled patients as collected, and what is listed of them."""
    sdtm, chosen = frames(read_folder(PROJECT / "data/cuts" / CUT)), parameters.load(CUT, PROJECT / "params")
    adsl = derive_adsl(sdtm, chosen)
    adam = {"ADSL": adsl, "ADAE": derive_adae(sdtm, adsl, chosen), "ADEX": derive_adex(sdtm, adsl, chosen)}
    adam["ADLB"] = derive_adlb(sdtm, adsl, chosen)
    milestones = sdtm["DS"].filter(pl.col("DSDECOD") == "ENROLLED")["USUBJID"].to_list()
    of_enrolled = {name: sdtm[name].filter(pl.col("USUBJID").is_in(milestones)) for name in ("AE", "EX", "LB")}
    return of_enrolled, Context(chosen, parameters.load_catalogue(PROJECT / "params"), adam)


def by_heading(table: Table) -> dict[str, list[list[str]]]:
    return {name.removeprefix("Patient "): below(table, name) for name in headings(table)}


def test_every_adverse_event_is_listed() -> None:
    sdtm, made = synthetic()
    listed = by_heading(patient_listings_treatment.events(made))
    found = sorted((name, int(row[0]), row[1].split("\n")[0]) for name, rows in listed.items() for row in rows)
    expected = sdtm["AE"].select("USUBJID", pl.col("AESEQ").cast(pl.Int64), "AETERM").rows()
    assert found == sorted(expected)
    assert list(listed) == sorted(listed)


def test_every_dose_is_listed() -> None:
    sdtm, made = synthetic()
    listed = by_heading(patient_listings_treatment.dosing(made))
    found = Counter(
        (name, row[0].upper(), part.strip()[:10])
        for name, rows in listed.items()
        for row in rows
        for part in row[4].split(";")
    )
    given = sdtm["EX"].filter(pl.col("EXDOSE") > 0)
    assert found == Counter(given.select("USUBJID", "EXTRT", pl.col("EXSTDTC").str.slice(0, 10)).rows())


def test_every_laboratory_result_is_listed() -> None:
    """As many values for each patient and day as there are results in LB, in one of the two listings."""
    sdtm, made = synthetic()
    found: Counter[tuple[str, str]] = Counter()
    for table in (patient_listings_laboratory.blood_count(made), patient_listings_laboratory.chemistry(made)):
        for name, rows in by_heading(table).items():
            for row in rows:
                found[name, row[1][:10]] += sum(len(cell.split("; ")) for cell in row[2:] if cell)
    results = sdtm["LB"].filter(pl.col("LBORRES").is_not_null())
    assert found == Counter(results.select("USUBJID", pl.col("LBDTC").str.slice(0, 10)).rows())
