"""Sentences on enrolment, disposition and analysis sets: sections 2, 10 and 11.1."""

from analysis.params import Params
from analysis.report.grammar import counted, listed, long_date, sentence
from analysis.report.phrases.named import Named, inside, unmarked, was
from analysis.tlf.disposition import drug_key


def enrolment(named: Named, params: Params) -> str:
    consented, failed, enrolled = (named.count(f"n.{k}") for k in ("consented", "screen_failed", "enrolled"))
    text = (
        f"In total, {counted(consented, 'patient')} gave informed consent; {counted(failed, 'screen failure')} "
        f"{'was' if failed == 1 else 'were'} recorded, and {counted(enrolled, 'patient')} "
        f"{'was' if enrolled == 1 else 'were'} enrolled"
    )
    if "n.undecided" in named:
        undecided = named.count("n.undecided")
        text += f"; {counted(undecided, 'patient')} had neither been enrolled nor recorded as a screen failure"
    return text + "."


def treated(named: Named, params: Params) -> str:
    enrolled, dosed, undosed = (named.count(f"n.{k}") for k in ("enrolled", "treated", "not_treated"))
    if enrolled == 0:
        return "No patient was enrolled, and none was treated."
    if undosed == 0:
        who = "The only enrolled patient" if enrolled == 1 else f"All {enrolled} enrolled patients"
        return f"{who} received at least one dose of study treatment."
    if dosed == 0:
        who = "The only enrolled patient was" if enrolled == 1 else f"All {enrolled} enrolled patients were"
        return f"{who} never dosed."
    return (
        f"Of the {enrolled} enrolled patients, {dosed} received at least one dose of study treatment and {undosed} "
        f"{'was' if undosed == 1 else 'were'} never dosed."
    )


def analysis_sets(named: Named, params: Params) -> str:
    sizes = {
        label: counted(named.count(f"n.{key}"), "patient")
        for key, label in (
            ("fas", "the full analysis set"),
            ("safety", "the safety set"),
            ("response_evaluable", "the response-evaluable set"),
            ("per_protocol", "the per-protocol set"),
        )
    }
    return sentence(listed([f"{label} comprised {size}" for label, size in sizes.items()]))


def treatment_status(named: Named, params: Params) -> str:
    """One sentence per study drug; completion and patients without the drug are said where there are any."""
    sentences: list[str] = []
    for treatment in params.study.treatments:
        drug = drug_key(treatment)
        ongoing, stopped = named.count(f"n.ongoing_{drug}"), named.count(f"n.arm_stopped_{drug}")
        parts = [
            f"was ongoing in {counted(ongoing, 'patient')}",
            f"had been discontinued in {counted(stopped, 'patient')}",
        ]
        if f"n.completed_{drug}" in named:
            parts.append(f"had been completed in {counted(named.count(f'n.completed_{drug}'), 'patient')}")
        text = f"{treatment.name} {listed(parts)}"
        if f"n.not_treated_{drug}" in named:
            without = named.count(f"n.not_treated_{drug}")
            text += (
                f"; {counted(without, 'enrolled patient')} {'was' if without == 1 else 'were'} never treated with it"
            )
        sentences.append(sentence(text if sentences else f"at the data cut-off, {text}"))
    return " ".join(sentences)


def stop_reasons(named: Named, params: Params) -> str:
    """The reasons recorded for stopping each drug, the most frequent first."""
    drugs_of: dict[tuple[str, ...], list[str]] = {}
    reasons_of: dict[tuple[str, ...], tuple[str, ...]] = {}
    for treatment in params.study.treatments:
        names = named.found(f"reason.arm_stopped_{drug_key(treatment)}.")
        reasons = tuple(f"{inside(named.label(name))} ({counted(named.count(name), 'patient')})" for name in names)
        if reasons:
            same = tuple(map(unmarked, reasons))
            reasons_of.setdefault(same, reasons)
            drugs_of.setdefault(same, []).append(treatment.name)
    said = []
    for same, drugs in drugs_of.items():
        reasons = reasons_of[same]
        several = "reason" if len(reasons) == 1 else "reasons"
        if len(drugs) == 1:
            said.append(f"The {several} for stopping {drugs[0]} {was(len(reasons))} {listed(reasons)}.")
        else:
            said.append(sentence(f"{listed(drugs)} were stopped for the same {several}: {listed(reasons)}"))
    return " ".join(said) or "No patient had stopped a study drug."


def study_period(named: Named, params: Params) -> str:
    """The days of the first and the last enrolment, and the data cut-off."""
    cutoff = f"the data cut-off was {long_date(params.cutoff)}"
    if "period.first_enrolment" not in named or named.result("period.first_enrolment").stat is None:
        return sentence(cutoff)
    first, last = (named.shown(f"period.{end}_enrolment") for end in ("first", "last"))
    days = f"on {first}" if unmarked(first) == unmarked(last) else f"from {first} to {last}"
    return f"Patients were enrolled {days}; {cutoff}."


def study_completion(named: Named, params: Params) -> str:
    """Whether patients were still in the study: of the title page."""
    if "n.ongoing_study" not in named:
        return "Whether patients were still in the study is not part of this report."
    ongoing = named.count("n.ongoing_study")
    if ongoing == 0:
        return "No patient was in the study any more at the data cut-off."
    return f"The study was ongoing at the data cut-off, with {counted(ongoing, 'patient')} in it."


def study_status(named: Named, params: Params) -> str:
    parts = [
        f"{counted(named.count(f'n.{key}'), 'patient')} had {what}"
        for key, what in (
            ("deaths", "died"),
            ("withdrawn", "withdrawn from the study"),
            ("lost", "been lost to follow-up"),
            ("completed_study", "completed the study"),
        )
        if key != "completed_study" or f"n.{key}" in named
    ]
    return f"By the data cut-off, {listed(parts)}."
