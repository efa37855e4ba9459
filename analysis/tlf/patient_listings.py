"""Listings 16.2.1 to 16.2.4: who stopped and why, protocol deviations, analysis sets, and baseline, of each patient."""

from collections.abc import Mapping, Sequence

from analysis.adam.dates import study_day
from analysis.adam.populations import POPULATIONS as RULES
from analysis.results import rounded
from analysis.tlf import baseline
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.disposition import sentence
from analysis.tlf.listings import Record, as_recorded, by_patient, dated, records_of, source, text
from analysis.tlf.model import Column, Row, Table

DISCONTINUED, DEVIATIONS = "l-16-2-1-1", "l-16-2-2-1"
EXCLUDED, BASELINE = "l-16-2-3-1", "l-16-2-4-1"

STUDY_DAY = "Study day 1 is the day of the first dose; there is no day 0, and no study day without a dose."
MISSING = "Missing"

Part = tuple[str, str, str]
"""A line of a cell: what is before the value, the variable of ADSL (or heading of flags), what is after the value."""


def discontinued(context: Context) -> Table:
    """Listing 16.2.1.1: for each patient who stopped a drug or the study, when and why."""
    drugs = list(enumerate(context.params.study.treatments, start=1))
    doses = by_drug(records_of(context, DISCONTINUED, "ADEX"))
    events = [row for row in records_of(context, DISCONTINUED, "ADAE") if row["ADISFL"] == "Y"]

    def rows_of(records: Sequence[Record]) -> list[Row]:
        (patient,) = records
        found = []
        for number, drug in drugs:
            name, status = drug.name.capitalize(), patient[f"EOTSTT{number}"]
            given = doses.get((patient["USUBJID"], f"DOSE{number}"), [])
            taken = (
                [text(min(row["ASTDT"] for row in given)), text(max(row["AENDT"] for row in given))] if given else []
            )
            if status == "DISCONTINUED":
                led = [row for row in events if row["USUBJID"] == patient["USUBJID"] and row[f"ADIS{number}FL"] == "Y"]
                reasons = [sentence(patient[f"DCTREAS{number}"]), *(_event(row) for row in led)]
                found.append(_end(name, taken, patient, f"EOTDT{number}", "\n".join(reasons)))
            elif status == "NOT TREATED":
                found.append(Row.of(name, "", "", "", "", "Not given"))
        if patient["EOSSTT"] == "DISCONTINUED":
            found.append(_end("Study", [], patient, "EOSDT", sentence(patient["DCSREAS"])))
        return found

    columns = (
        Column("What was discontinued", 0.14),
        Column("First dose", 0.1),
        Column("Last dose", 0.1),
        Column("Discontinued on", 0.14),
        Column("Study day", 0.08, "decimal"),
        Column("Reason, and adverse events for which the drug was withdrawn", 0.44),
    )
    methods = [f"{STUDY_DAY} Patients who are not listed were on treatment, or had completed it, and in the study."]
    body = by_patient(records_of(context, DISCONTINUED, "ADSL"), rows_of)
    return context.table(
        DISCONTINUED, columns, body, datasets=("ADSL", "ADEX", "ADAE"), methods=methods, landscape=True
    )


def by_drug(records: Sequence[Record]) -> dict[tuple[str, str], list[Record]]:
    """The dosing records of ADEX by patient and PARAMCD, in their order."""
    found: dict[tuple[str, str], list[Record]] = {}
    for row in records:
        if row["PARAMCD"].startswith("DOSE"):
            found.setdefault((row["USUBJID"], row["PARAMCD"]), []).append(row)
    return found


def _end(name: str, taken: Sequence[str], patient: Record, variable: str, reason: str) -> Row:
    day = patient[variable]
    first, last = taken or ("", "")
    return Row.of(name, first, last, text(day) or "Date not complete", text(study_day(day, patient["TRTSDT"])), reason)


def _event(row: Record) -> str:
    """An adverse event in a line: term, grade and start."""
    grade = f"grade {row['ATOXGRN']}" if row["ATOXGRN"] is not None else "grade missing"
    begun = as_recorded(row["AESTDTC"], row["ASTDT"], row["ASTDTF"])
    return f"{row['AEDECOD'] or row['AETERM']}, {grade}, from {begun}"


def deviations(context: Context) -> Table:
    """Listing 16.2.2.1: every protocol deviation."""

    def rows_of(records: Sequence[Record]) -> list[Row]:
        return [
            Row.of(
                as_recorded(row["DVSTDTC"], row["ASTDT"], row["ASTDTF"]),
                text(row["ASTDY"]),
                sentence(row["EPOCH"]) if row["EPOCH"] else "",
                sentence(row["DVDECOD"]) if row["DVDECOD"] else "Category not recorded",
                text(row["DVTERM"]),
                _yes(row["IMPDVFL"]),
                _yes(row["PPDVFL"]),
                source(row),
            )
            for row in records
        ]

    columns = (
        Column("Date", 0.11),
        Column("Study day", 0.06, "decimal"),
        Column("Epoch", 0.1),
        Column("Category", 0.19),
        Column("Deviation", 0.25),
        Column("Important", 0.08, "center"),
        Column("Excludes from per-protocol set", 0.1, "center"),
        Column("Source record", 0.11),
    )
    methods = [f"{STUDY_DAY} No deviation was recorded of the patients who are not listed."]
    body = by_patient(records_of(context, DEVIATIONS, "ADDV"), rows_of)
    return context.table(DEVIATIONS, columns, body, datasets=("ADDV",), methods=methods, landscape=True)


def _yes(flag: str) -> str:
    return "Yes" if flag == "Y" else "No"


def excluded(context: Context) -> Table:
    """Listing 16.2.3.1: for each patient who is not in every analysis set, the sets and the reasons."""
    sets = [(label, rule) for label, flag in POPULATIONS.values() for rule in RULES if rule.flag == flag]
    body = []
    for row in records_of(context, EXCLUDED, "ADSL"):
        if any(row[rule.flag] != "Y" for _, rule in sets):
            cells = ["Included" if row[rule.flag] == "Y" else _reason(row[rule.reason]) for _, rule in sets]
            body.append(Row.of(row["USUBJID"], *cells))
    columns = (Column("Patient", 0.16), *(Column(label, 0.84 / len(sets)) for label, _ in sets))
    methods = [
        "A patient is shown with the first reason that applied, in the order in which appendix 16.1.9 defines the "
        "sets. Patients who are not listed were in every set."
    ]
    return context.table(EXCLUDED, columns, body, datasets=("ADSL",), methods=methods, landscape=True)


def _reason(reason: str | None) -> str:
    return "Excluded: " + ": ".join(sentence(part) for part in str(reason).split(": "))


CELLS: tuple[tuple[str, float, tuple[Part, ...]], ...] = (
    ("Age, sex, race", 0.075, (("", "AGE", " years"), ("", "SEX", ""), ("", "RACE", ""))),
    ("Weight, height, body mass index", 0.085, (("", "WEIGHTBL", " kg"), ("", "HEIGHTBL", " cm"), ("", "BMIBL", ""))),
    ("ECOG status, menopausal status", 0.131, (("ECOG: ", "ECOGBL", ""), ("", "MENOSTAT", ""))),
    (
        "Receptors, HER2, Ki-67",
        0.099,
        (("ER: ", "ERBL", "%"), ("PR: ", "PRBL", "%"), ("HER2: ", "HER2STAT", ""), ("Ki-67: ", "KI67BL", "%")),
    ),
    ("First diagnosis, metastatic disease", 0.115, (("", "DIAGDT", ""), ("", "METDT", ""))),
    ("Sites of disease", 0.095, (("", "Sites of disease", ""),)),
    ("Treatment of early disease", 0.155, (("", "Treatment of early disease", ""),)),
    (
        "Lines for advanced disease",
        0.125,
        (("All: ", "NADVLINE", ""), ("Endocrine: ", "NETLINE", ""), ("Chemotherapy: ", "NCTLINE", "")),
    ),
    ("Prior drugs, in any setting", 0.14, (("", "Prior drugs, in any setting", ""),)),
    ("Endocrine resistance", 0.105, (("", "RESTYPE", ""),)),
)
"""Header, width and lines of each cell of the listing of baseline characteristics."""


def characteristics(context: Context) -> Table:
    """Listing 16.2.4.1: baseline of each patient, in the words of tables 14.1.4.1 to 14.1.6.1."""
    words: dict[str, baseline.Characteristic] = {}
    for described in baseline.CHARACTERISTICS.values():
        for item in described(context.params):
            words[item.label if isinstance(item, baseline.Flags) else item.variable] = item

    def rows_of(records: Sequence[Record]) -> list[Row]:
        (patient,) = records
        return [Row.of(*("\n".join(_line(part, patient, words) for part in parts) for _, _, parts in CELLS))]

    columns = [Column(header, width) for header, width, _ in CELLS]
    methods = [
        "Baseline: the last value before the first dose, or before enrolment where no dose was given. ER, PR: "
        "oestrogen and progesterone receptor. Body mass index "
        "in kg/m\u00b2; receptors and Ki-67 in % of cells; HER2 zero and low as in Table 14.1.5.1. In brackets the "
        "imputation flag of a date: D, the day was imputed; M, the month."
    ]
    body = by_patient(records_of(context, BASELINE, "ADSL"), rows_of)
    return context.table(BASELINE, columns, body, datasets=("ADSL",), methods=methods, landscape=True)


def _line(part: Part, patient: Record, words: Mapping[str, baseline.Characteristic]) -> str:
    before, name, after = part
    value = _value(name, patient, words)
    return f"{before}{value}{after}" if value else f"{before}{MISSING.lower() if before else MISSING}"


def _value(name: str, patient: Record, words: Mapping[str, baseline.Characteristic]) -> str:
    """A characteristic of a patient in words, without what explains them in brackets; nothing where it is missing."""
    item = words.get(name)
    if isinstance(item, baseline.Flags):
        if any(patient[variable] is None for variable, _, _ in item.flags):
            return ""
        return "\n".join(label for variable, label, _ in item.flags if patient[variable] == "Y") or "None"
    value = patient[name]
    if value is None or item is None:
        return dated(value, patient.get(f"{name}F"))
    if isinstance(item, baseline.Statistics):
        return rounded(value, item.digits)
    said = item.levels.get(value) or (sentence(value) if isinstance(value, str) else text(value))
    return said.partition(" (")[0]
