"""Vital signs, ECG and performance status: tables 14.3.5.1, 14.3.5.2, 14.3.6.1 and 14.3.7.1."""

from analysis.adam import adecog
from analysis.adam.advs import weight_levels
from analysis.adam.bds import band_names
from analysis.results import Result
from analysis.tlf.context import Context
from analysis.tlf.model import Column, Row, Table
from analysis.tlf.rows import band, by_name, share_cell
from analysis.tlf.shift import METHOD, Shift, shift_columns
from analysis.tlf.summaries import Summary, characteristic_rows
from analysis.tlf.tally import Tally

PRESSURE, WEIGHT, QTCF, ECOG = "t-14-3-5-1", "t-14-3-5-2", "t-14-3-6-1", "t-14-3-7-1"

WORST = {"WORSTHFL": "Y"}


def _shift(name: str, label: str, paramcd: str, levels: dict[int, str]) -> Shift:
    return Shift(name, label, {"PARAMCD": paramcd}, "BASECA1N", "AVALCA1N", levels)


def _bands(limits: list[float], *, upper: bool) -> dict[int, str]:
    return {n: band(text) for n, text in enumerate(band_names(limits, upper=upper), start=1)}


def pressure_shifts(context: Context) -> list[Shift]:
    """Blood pressure in the categories of params."""
    limits = context.params.vital_signs
    systolic, diastolic = (_bands(bands, upper=True) for bands in (limits.systolic_mmhg, limits.diastolic_mmhg))
    return [
        _shift("vs_shift.sysbp", "Systolic (mmHg)", "SYSBP", systolic),
        _shift("vs_shift.diabp", "Diastolic (mmHg)", "DIABP", diastolic),
    ]


def pressure_results(context: Context) -> list[Result]:
    """`vs_shift.sysbp...` and `vs_shift.diabp...`."""
    return _shift_results(context, PRESSURE, "ADVS", pressure_shifts(context))


def pressure_table(context: Context, found: list[Result]) -> Table:
    """Table 14.3.5.1 from its results."""
    return _shift_table(context, PRESSURE, "ADVS", pressure_shifts(context), found)


def weight_results(context: Context) -> list[Result]:
    """Patients by greatest loss and gain, `weight.loss.none`, `.step1` ... and `weight.gain...`; and values."""
    if WEIGHT not in context.catalogue:
        return []
    found: list[Result] = []
    levels = weight_levels(context.params.vital_signs.weight_change_percent)
    for way, label, flag in (("loss", "Greatest loss", "WORSTLFL"), ("gain", "Greatest gain", "WORSTHFL")):
        tally = Tally(context, WEIGHT, "ADVS", {"PARAMCD": "WEIGHT", flag: "Y"}, ("CHGCA1N",))
        whole = {"CHGCA1N": list(levels)}
        about = {"group1": "category", "group1_level": label, "variable": "CHGCA1N"}
        found.append(tally.count(f"weight.{way}.n", "Patients with both values", whole, **about))
        for name, text, numbers in _of_way(context, way):
            only = {"CHGCA1N": numbers}
            found += tally.share(f"weight.{way}.{name}", text, only, whole, variable_level=text, **about)
    for name, label, flag, variable in (
        ("baseline", "Baseline (kg)", "ABLFL", "AVAL"),
        ("last", "Last value on treatment (kg)", "LVOTFL", "AVAL"),
        ("change", "Change from baseline to the last value (kg)", "LVOTFL", "CHG"),
        ("percent", "Change from baseline to the last value (%)", "LVOTFL", "PCHG"),
    ):
        summary = Summary.of(context, WEIGHT, "ADVS", {"PARAMCD": "WEIGHT", flag: "Y"})
        found += summary.statistics(variable, label, digits=1, name=f"weight.{name}")
    return found


def _of_way(context: Context, way: str) -> list[tuple[str, str, list[int]]]:
    """The rows of losses or of gains, none first: part of the result's name, text, and values of CHGCA1N."""
    limits = context.params.vital_signs.weight_change_percent
    levels = weight_levels(limits)
    losses, gains = list(range(len(limits), 0, -1)), list(range(len(limits) + 2, len(levels) + 1))
    own = losses if way == "loss" else gains
    none = ("none", f"No {way} of {limits[0]:g}% or more", sorted(set(levels) - set(own)))
    return [none, *((f"step{step}", band(levels[number]), [number]) for step, number in enumerate(own, start=1))]


def weight_table(context: Context, found: list[Result]) -> Table:
    """Table 14.3.5.2 from its results."""
    of = by_name(found)
    body: list[Row] = []
    for way in ("loss", "gain"):
        n = of[f"weight.{way}.n"]
        body.append(Row.of(f"{n.group1_level} of weight on treatment (n = {n.stat_fmt})", kind="group"))
        for name, text, _ in _of_way(context, way):
            body.append(Row.of(text, share_cell(of, f"weight.{way}.{name}"), indent=1))
    body += characteristic_rows(found)
    columns = (Column("", 0.62), Column(context.arm(WEIGHT), 0.38, "decimal"))
    methods = [
        "Change in per cent of the value at baseline. Greatest loss and gain on treatment, unscheduled visits "
        "included; percentages are of the patients with a value at baseline and one on treatment."
    ]
    return context.table(WEIGHT, columns, body, datasets=("ADVS",), methods=methods)


def _qtcf_shift(context: Context) -> Shift:
    return _shift("qtcf_shift.value", "Highest QTcF (ms)", "QTCF", _bands(context.params.ecg.qtcf_ms, upper=False))


def qtcf_results(context: Context) -> list[Result]:
    """`qtcf_shift.value...` and, of the greatest change, `qtcf_change.n` and `.category<number>`."""
    found = _shift_results(context, QTCF, "ADEG", [_qtcf_shift(context)])
    if QTCF not in context.catalogue:
        return found
    levels = _bands(context.params.ecg.qtcf_change_ms, upper=False)
    tally = Tally(context, QTCF, "ADEG", {"PARAMCD": "QTCF", **WORST}, ("CHGCA1N",))
    whole = {"CHGCA1N": list(levels)}
    about = {"group1": "category", "group1_level": "Greatest increase", "variable": "CHGCA1N"}
    found.append(tally.count("qtcf_change.n", "Patients with both values", whole, **about))
    for number, text in levels.items():
        only = {"CHGCA1N": number}
        found += tally.share(f"qtcf_change.category{number}", text, only, whole, variable_level=text, **about)
    return found


def qtcf_table(context: Context, found: list[Result]) -> Table:
    """Table 14.3.6.1 from its results; the change stands in the column of totals."""
    of = by_name(found)
    shift = _qtcf_shift(context)
    columns, spans = shift_columns("Category at baseline", list(shift.levels.values()))
    body = shift.rows(of)
    n = of["qtcf_change.n"]
    body.append(Row.of(f"{n.group1_level} of QTcF from baseline (ms) (n = {n.stat_fmt})", kind="group"))
    for number, text in _bands(context.params.ecg.qtcf_change_ms, upper=False).items():
        blank = [""] * len(shift.levels)
        body.append(Row.of(text, *blank, share_cell(of, f"qtcf_change.category{number}"), indent=1))
    methods = ["QTcF: QT interval corrected by Fridericia's formula, QT / RR^(1/3).", METHOD]
    return context.table(QTCF, columns, body, datasets=("ADEG",), methods=methods, spans=spans)


ECOG_SHIFT = _shift("ecog_shift.status", "ECOG performance status", "ECOG", adecog.LEVELS)


def ecog_results(context: Context) -> list[Result]:
    """`ecog_shift.status...`."""
    return _shift_results(context, ECOG, "ADECOG", [ECOG_SHIFT])


def ecog_table(context: Context, found: list[Result]) -> Table:
    """Table 14.3.7.1 from its results."""
    columns, spans = shift_columns("Status at baseline", list(adecog.LEVELS.values()))
    body = ECOG_SHIFT.rows(by_name(found))
    return context.table(ECOG, columns, body, datasets=("ADECOG",), methods=[METHOD], spans=spans)


def _shift_results(context: Context, output: str, dataset: str, shifts: list[Shift]) -> list[Result]:
    if output not in context.catalogue:
        return []
    tally = Tally(context, output, dataset, WORST, ("PARAMCD", "BASECA1N", "AVALCA1N"))
    return [result for shift in shifts for result in shift.results(tally)]


def _shift_table(context: Context, output: str, dataset: str, shifts: list[Shift], found: list[Result]) -> Table:
    """A table of shifts whose headings name the categories."""
    of = by_name(found)
    most = max(len(shift.levels) for shift in shifts)
    columns, spans = shift_columns("Category at baseline", [""] * most)
    body = [row for shift in shifts for row in shift.rows(of, heads=True, width=most)]
    return context.table(output, columns, body, datasets=(dataset,), methods=[METHOD], spans=spans)
