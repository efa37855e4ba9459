"""Liver tests: table 14.3.4.4, the eDISH figure 14.3.4.1 and the listing 14.3.4.2 of candidates for Hy's law."""

from collections.abc import Sequence

from analysis.adam.adlb_derived import EDISH_LEVELS, LIVER
from analysis.results import AtLeast, MoreThan, Result, rounded
from analysis.tlf.context import Context
from analysis.tlf.edish_figure import Point, edish_alt, edish_data, edish_figure
from analysis.tlf.listings import Record, by_patient, records_of, text
from analysis.tlf.model import Cell, Column, Figure, Row, Table
from analysis.tlf.rows import Named, by_name, share_cell
from analysis.tlf.style import drawings, empty_figure
from analysis.tlf.tally import Conditions, Patients

TABLE, FIGURE, LISTING = "t-14-3-4-4", "f-14-3-4-1", "l-14-3-4-2"

MULTIPLES = (3, 5, 10, 20)
"""Of ULN, that peaks of transaminases are compared with (FDA, Drug-Induced Liver Injury, 2009)."""

TRANSAMINASES = {
    "alt": ("ALT", ["PKALT"]),
    "ast": ("AST", ["PKAST"]),
    "transaminase": ("ALT or AST", ["PKALT", "PKAST"]),
}


def blocks(context: Context) -> dict[str, tuple[str, Conditions, dict[str, tuple[str, Conditions]]]]:
    """The groups of rows: name -> heading, the patients measured, and by name of result the rows' texts and limits."""
    limits = context.params.laboratory.hys_law
    found: dict[str, tuple[str, Conditions, dict[str, tuple[str, Conditions]]]] = {}
    for name, (label, paramcds) in TRANSAMINASES.items():
        limited = {f"above{multiple}": (f">{multiple} x ULN", {"AVAL": MoreThan(multiple)}) for multiple in MULTIPLES}
        found[name] = (f"{label}, highest value", {"PARAMCD": paramcds}, {**limited})
    for name, label, paramcd, limit in (
        ("bilirubin", "Bilirubin, highest value", "PKBILI", limits.bilirubin_from_uln),
        ("phosphatase", "Alkaline phosphatase, highest value", "PKALP", limits.phosphatase_below_uln),
    ):
        found[name] = (label, {"PARAMCD": paramcd}, {"raised": (f"≥{limit:g} x ULN", {"AVAL": AtLeast(limit)})})
    quadrants: dict[str, tuple[str, Conditions]] = {
        f"quadrant{number}": (label, {"AVALCA1N": number}) for number, label in EDISH_LEVELS.items()
    }
    found["peaks"] = ("Highest ALT or AST against highest bilirubin, on any day", {"PARAMCD": "EDISH"}, quadrants)
    candidates: dict[str, tuple[str, Conditions]] = {"candidate": ("Candidates for medical review", {"AVALC": "Y"})}
    found["hys_law"] = ("Hy's law", {"PARAMCD": "HYSLAW"}, candidates)
    return found


def results(context: Context) -> list[Result]:
    """Patients by peaks on treatment: `liver.alt.above3`, `liver.bilirubin.raised`, `liver.hys_law.candidate`, ..."""
    if TABLE not in context.catalogue:
        return []
    patients = Patients(context, TABLE, "ADLB")
    found: list[Result] = []
    for name, (label, whole, limits) in blocks(context).items():
        about = {"group1": "parameter", "group1_level": label}
        found.append(patients.count(f"liver.{name}.n", "Patients measured on treatment", whole, **about))
        for part, (row, limit) in limits.items():
            found += patients.share(f"liver.{name}.{part}", row, {**whole, **limit}, whole, variable_level=row, **about)
    return found


def table(context: Context, found: list[Result]) -> Table:
    """Table 14.3.4.4 from its results."""
    of = by_name(found)
    body: list[Row] = []
    for name, (label, _, limits) in blocks(context).items():
        body.append(Row.of(label, kind="group"))
        body.append(Row.of("Patients measured on treatment", _count_cell(of, f"liver.{name}.n"), indent=1))
        body += [Row.of(row, share_cell(of, f"liver.{name}.{part}"), indent=1) for part, (row, _) in limits.items()]
    columns = (Column("", 0.65), Column(f"{context.arm(TABLE)}\nn (%)", 0.35, "decimal"))
    return context.table(TABLE, columns, body, datasets=("ADLB",), methods=[_peaks(), _candidates(context)])


def _count_cell(of: Named, name: str) -> Cell:
    return Cell(of[name].stat_fmt, result=name)


def _peaks() -> str:
    return (
        "Highest value of each patient on treatment, from the first dose to the end of the treatment-emergent period, "
        "in multiples of the upper limit of normal (ULN). Percentages are of the patients measured on treatment."
    )


def _candidates(context: Context) -> str:
    rule = context.params.laboratory.hys_law
    return (
        f"Candidate for Hy's law: ALT or AST >{rule.transaminase_above_uln:g} x ULN and, on the same day or within "
        f"{rule.within_days} days after it, bilirubin ≥{rule.bilirubin_from_uln:g} x ULN, without alkaline "
        f"phosphatase ≥{rule.phosphatase_below_uln:g} x ULN from the one day to the other. Whether there is "
        "another cause is for medical review."
    )


def figure(context: Context) -> Figure:
    """Figure 14.3.4.1: each patient's peak transaminase against peak bilirubin."""
    points = _points(context)
    rule = context.params.laboratory.hys_law
    limits = (rule.transaminase_above_uln, rule.bilirubin_from_uln)
    drawing = edish_figure(points, limits) if points else empty_figure("No patient had both tests on treatment.")
    return context.figure(
        FIGURE,
        drawings(drawing),
        alt=edish_alt(points, limits),
        data=edish_data(points, limits),
        datasets=("ADLB",),
        methods=[_peaks(), _candidates(context)],
    )


def _points(context: Context) -> list[Point]:
    """The patients with both peaks, in the order of USUBJID."""
    of: dict[str, dict[str, Record]] = {}
    for row in records_of(context, FIGURE, "ADLB"):
        if row["PARAMCD"] in ("EDISH", "PKBILI", "HYSLAW"):
            of.setdefault(row["USUBJID"], {})[row["PARAMCD"]] = row
    return [
        Point(
            patient=patient,
            transaminase=rows["EDISH"]["AVAL"],
            bilirubin=rows["PKBILI"]["AVAL"],
            quadrant=rows["EDISH"]["AVALCA1N"],
            candidate=rows["HYSLAW"]["AVALC"] == "Y",
        )
        for patient, rows in sorted(of.items())
        if "EDISH" in rows
    ]


def listing(context: Context) -> Table:
    """Listing 14.3.4.2: the liver tests of each candidate for Hy's law on treatment, a row per day."""
    records = records_of(context, LISTING, "ADLB")
    reasons = {r["USUBJID"]: r["AREASON"] for r in records if r["PARAMCD"] == "HYSLAW" and r["AVALC"] == "Y"}
    tests = [r for r in records if r["USUBJID"] in reasons and r["PARAMCD"] in LIVER and r["ONTRTFL"] == "Y"]

    def rows_of(found: Sequence[Record]) -> list[Row]:
        days: dict[object, list[Record]] = {}
        for row in sorted(found, key=lambda row: (row["ADT"] is None, row["ADT"])):
            days.setdefault((row["ADT"], row["AVISIT"]), []).append(row)
        rows = [Row.of(f"{reasons[found[0]['USUBJID']]}", *[""] * (len(LIVER) + 2), kind="total")]
        for of_day in days.values():
            cells = [_tested([row for row in of_day if row["PARAMCD"] == test]) for test in LIVER]
            rows.append(Row.of(text(of_day[0]["ADT"]), text(of_day[0]["ADY"]), text(of_day[0]["AVISIT"]), *cells))
        return rows

    columns = (
        Column("Date", 0.14),
        Column("Study day", 0.08, "decimal"),
        Column("Visit", 0.18),
        *(Column(name.capitalize(), 0.15, "decimal") for name in LIVER.values()),
    )
    methods = ["Liver tests on treatment: value, and in brackets its multiple of ULN.", _candidates(context)]
    body = by_patient(tests, rows_of)
    return context.table(LISTING, columns, body, datasets=("ADLB",), methods=methods, landscape=True)


def _tested(records: Sequence[Record]) -> str:
    """The values of a test on one day; several are separated by a line end."""
    return "\n".join(
        f"{text(row['AVAL'])} {text(row['AVALU'])} ({rounded(row['R2ANRHI'], 2)})"
        for row in records
        if row["AVAL"] is not None
    )
