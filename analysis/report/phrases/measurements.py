"""Sentences on laboratory values, vital signs, ECG and performance status: sections 12.4 and 12.5."""

import re

from analysis.params import Params
from analysis.report.grammar import listed, number, sentence
from analysis.report.phrases.named import Named, inside, most_frequent, not_reported
from analysis.tlf.rows import name_part

_TITLE_CASE = re.compile(r"\b[A-Z](?=[a-z]{2})")


def laboratory_changes(named: Named, params: Params) -> str:
    """The median change of each test of params from the baseline to the last value on treatment."""
    names = [f"lab_time.{name_part(test)}.last.change.median" for test in params.laboratory.over_time.tests]
    reported = [name for name in names if name in named]
    if not reported:
        return not_reported("Laboratory values over time are")
    said = [f"{named.shown(name)} for {_test(named, name)}" for name in reported if named.value(name) is not None]
    if not said:
        return "No patient had a laboratory value both at baseline and on treatment."
    return f"The median change from the baseline to the last value on treatment was {listed(said)}."


def _test(named: Named, name: str) -> str:
    """The test that a result is of, inside a sentence: without the capitals that begin each word of its name.

    Units of CDISC are written as in the rest of the text.
    """
    test = _TITLE_CASE.sub(lambda start: start[0].lower(), named.result(name).group1_level or "")
    return test.replace("(10^9/L)", "(10⁹/L)").replace("(umol/L)", "(µmol/L)")


def laboratory_grades(named: Named, params: Params) -> str:
    """The tests with severe worst grades, and those most often abnormal."""
    if not named.ending("lab.", ".grade34"):
        return not_reported("Laboratory values by grade are")
    most = params.report.in_text_terms
    severe, graded = named.found("lab.", ".grade34"), named.found("lab.", ".any")
    if not graded:
        return "No laboratory value on treatment had a grade above 0."
    shown = most_frequent(named, graded, most)
    text = f"Worst grades of 1 to 4 were most frequent for {_by_term(named, shown)}. " if shown else ""
    if not severe:
        return f"{text}No worst grade was 3 or 4."
    chosen = most_frequent(named, severe, most) or severe[:most]
    kind = "The worst grade was 3 or 4" if len(chosen) == len(severe) else "The worst grade was most often 3 or 4"
    return f"{text}{kind} for {_by_term(named, chosen)}."


def _by_term(named: Named, names: list[str]) -> str:
    """Patients by the term of CTCAE, which ends the label of a test."""
    terms = {name: (named.result(name).group1_level or "").rpartition(": ")[2] for name in names}
    return listed([f"{inside(term)} in {named.share(name)}" for name, term in terms.items()])


def thyroid(named: Named, params: Params) -> str:
    return _worst(named, "lab_shift.thyroid", "The least active thyroid function on treatment was", "Thyroid function")


def urine_protein(named: Named, params: Params) -> str:
    return _worst(named, "lab_shift.uprot", "The highest urine protein by dipstick was", "Urine protein by dipstick")


def _worst(named: Named, name: str, text: str, what: str) -> str:
    """Patients by their worst category on treatment, in the order of the categories."""
    if f"{name}.n" not in named:
        return not_reported(f"{what} is")
    levels = [n for n in named.ending(f"{name}.w", "") if not n.endswith("_pct") and named.count(n)]
    said = [f"'{named.result(level).variable_level}' in {named.share(level)}" for level in levels]
    if not said:
        return f"{what} was not measured both at baseline and on treatment in any patient."
    return f"{text} {listed(said)}."


def liver(named: Named, params: Params) -> str:
    if "liver.hys_law.candidate" not in named:
        return not_reported("Liver tests are")
    raised, limits = "liver.transaminase.above3", ("liver.transaminase.above3", "liver.bilirubin.raised")
    n = named.count("liver.hys_law.candidate")
    transaminase, bilirubin = (named.label(limit).replace(" x ", " × ") for limit in limits)
    return (
        f"The highest ALT or AST on treatment was {transaminase} in {named.share(raised)}, and the highest "
        f"bilirubin {bilirubin} in {named.share('liver.bilirubin.raised')}; "
        f"{named.share('liver.hys_law.candidate')} {'was a candidate' if n <= 1 else 'were candidates'} for Hy's law."
    )


def blood_pressure(named: Named, params: Params) -> str:
    """Patients in the highest category of each pressure on treatment."""
    limits = params.vital_signs
    parts = []
    for name, what, bands in (
        ("vs_shift.sysbp", "systolic", limits.systolic_mmhg),
        ("vs_shift.diabp", "diastolic", limits.diastolic_mmhg),
    ):
        top = f"{name}.w{len(bands) + 1}"
        if top in named:
            parts.append(f"the highest {what} pressure was {number(bands[-1])} mmHg or more in {named.share(top)}")
    if not parts:
        return not_reported("Blood pressure is")
    return sentence(f"on treatment, {listed(parts)}")


def weight(named: Named, params: Params) -> str:
    """The median change to the last value, and patients by the steps of greatest loss and gain."""
    if "weight.loss.n" not in named:
        return not_reported("Body weight is")
    if not named.count("weight.loss.n"):
        return "No patient's weight was recorded both at baseline and on treatment."
    text = (
        f"The median change of weight from the baseline to the last value was {named.shown('weight.percent.median')}% "
        f"(range: {named.shown('weight.percent.min')}% to {named.shown('weight.percent.max')}%). "
    )
    least = number(params.vital_signs.weight_change_percent[0])
    for way, verb in (("loss", "lost"), ("gain", "gained")):
        steps = [n for n in named.ending(f"weight.{way}.step", "") if not n.endswith("_pct") and named.count(n)]
        said = [f"{_band(params, name)} in {named.share(name)}" for name in steps]
        text += (
            f"The greatest {way} was {listed(said)}. " if said else f"No patient {verb} {least}% of weight or more. "
        )
    return text.rstrip()


def _band(params: Params, name: str) -> str:
    """A step of weight change in words."""
    limits = [number(limit) for limit in params.vital_signs.weight_change_percent]
    step = int(name.rpartition("step")[2])
    return f"{limits[step - 1]}% to less than {limits[step]}%" if step < len(limits) else f"{limits[-1]}% or more"


def qtcf(named: Named, params: Params) -> str:
    """Patients with the longest QTcF and the greatest increase."""
    limits = params.ecg
    value = f"qtcf_shift.value.w{len(limits.qtcf_ms) + 1}"
    change = f"qtcf_change.category{len(limits.qtcf_change_ms) + 1}"
    if value not in named or change not in named:
        return not_reported("QTcF is")
    return (
        f"QTcF was above {number(limits.qtcf_ms[-1])} ms on treatment in {named.share(value)}, and its greatest "
        f"increase from the baseline above {number(limits.qtcf_change_ms[-1])} ms in {named.share(change)}."
    )


def worst_performance_status(named: Named, params: Params) -> str:
    """How many patients' ECOG performance status worsened on treatment, by status."""
    name = "ecog_shift.status"
    if f"{name}.n" not in named:
        return not_reported("ECOG performance status on treatment is")
    worse = []
    for shift in named.ending(f"{name}.b", ""):
        base, _, worst = shift.removeprefix(f"{name}.b").partition("_w")
        if worst.isdigit() and worst > base and named.count(shift):
            result = named.result(shift)
            worse.append(f"from {result.group2_level} to {result.variable_level} in {named.share(shift)}")
    if not worse:
        return "ECOG performance status did not worsen on treatment in any patient with a status at baseline."
    return f"From the baseline to the worst on treatment, ECOG performance status worsened {listed(worse)}."
