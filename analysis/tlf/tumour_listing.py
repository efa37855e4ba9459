"""Listing 16.2.6.1: the lesions, sums and recomputed responses of each visit, one row per visit."""

from collections.abc import Sequence

from analysis.results import rounded
from analysis.tlf.context import Context
from analysis.tlf.listings import Record, by_patient, records_of, text
from analysis.tlf.model import Column, Row, Table

TUMOURS = "l-16-2-6-1"

LESIONS = ("LDIAM", "SAXIS", "TUMSTATE")
ORDER = ("NON-TARGET", "NEW")


def tumours(context: Context) -> Table:
    """One row per visit: target lesions with their sizes, other lesions with their states, sums and responses."""

    def rows_of(records: Sequence[Record]) -> list[Row]:
        visits: dict[tuple[object, ...], list[Record]] = {}
        for row in records:
            visits.setdefault((row["AVISITN"], row["AVISIT"], row["ABLFL"]), []).append(row)
        return [_visit(of_visit) for of_visit in visits.values()]

    columns = (
        Column("Visit", 0.117),
        Column("Date", 0.075),
        Column("Target lesions (mm)", 0.233),
        Column("Non-target and new lesions", 0.185),
        Column("Sum (mm)", 0.045, "decimal"),
        Column("Change from baseline", 0.09, "decimal"),
        Column("Nadir (mm)", 0.05, "decimal"),
        Column("Change from nadir", 0.09, "decimal"),
        Column("Recomputed: target, non-target, overall", 0.115),
    )
    methods = [
        "Target lesions: longest diameter, of a lymph node (N) the short axis; a size that was not a number is shown "
        "as recorded. An asterisk marks a sum without every target lesion; its change from nadir is the least possible "
        "one. Nadir: least complete sum before the visit, baseline included. Responses were recomputed by RECIST 1.1."
    ]
    records = [row for row in records_of(context, TUMOURS, "ADTR") if row["PARAMCD"] != "BESTPCHG"]
    body = by_patient(records, rows_of)
    return context.table(TUMOURS, columns, body, datasets=("ADTR",), methods=methods, landscape=True)


def _visit(records: Sequence[Record]) -> Row:
    """One visit's records as a row."""
    lesions = [row for row in records if row["PARAMCD"] in LESIONS]
    targets = [_target(row) for row in lesions if row["TRGRPID"] == "TARGET"]
    others = sorted((row for row in lesions if row["TRGRPID"] in ORDER), key=lambda row: ORDER.index(row["TRGRPID"]))
    of = {row["PARAMCD"]: row for row in records if row["PARAMCD"] not in LESIONS}
    total = of.get("SUMDIAM", {})
    days = sorted({row["ADT"] for row in records if row["ADT"] is not None})
    responses = [of[name]["AVALC"] if name in of else "-" for name in ("RTRGRESP", "RNTGRESP", "ROVRLRSP")]
    return Row.of(
        text(records[0]["AVISIT"]) + (" (baseline)" if records[0]["ABLFL"] == "Y" else ""),
        "\n".join(text(day) for day in days),
        "\n".join(targets),
        "\n".join(_other(row) for row in others),
        text(total.get("AVAL")) + ("*" if total.get("COMPLFL") == "N" else ""),
        _change(total, "CHG", "PCHG"),
        text(total.get("NADIR")),
        _change(total, "CHGNAD", "PCHGNAD"),
        "\n".join(responses) if "ROVRLRSP" in of else "",
    )


def _target(row: Record) -> str:
    size = text(row["AVAL"]) or "not measured"
    said = text(row["AVALC"])
    if said and said not in (size, text(row["AVAL"])) and not _is_number(said):
        size = f"{size} ({said.lower()})"
    node = " (N)" if row["PARAMCD"] == "SAXIS" else ""
    return f"{_lesion(row)}{node}: {size}"


def _other(row: Record) -> str:
    new = "New, " if row["TRGRPID"] == "NEW" else ""
    return f"{new}{_lesion(row)}: {text(row['AVALC']).lower()}"


def _lesion(row: Record) -> str:
    """Link id and location."""
    return " ".join(part for part in (text(row["TRLNKID"]), text(row["TULOC"]).lower()) if part)


def _is_number(said: str) -> bool:
    try:
        float(said)
    except ValueError:
        return False
    return True


def _change(total: Record, absolute: str, percent: str) -> str:
    """A change in mm with its percentage, signed."""
    if total.get(absolute) is None:
        return ""
    sign = "+" if total[absolute] > 0 else ""
    share = f" ({sign}{rounded(total[percent], 1)}%)" if total[percent] is not None else ""
    return f"{sign}{text(total[absolute])}{share}"
