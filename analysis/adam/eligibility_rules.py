"""The rules of eligibility, by the names that params.eligibility.rules gives to the criteria of TI.

Each reads one patient and says whether the data show the criterion as met, in the sense of eligibility. What the data
do not have is not evaluable, never met and never not met; an event or a drug is taken as absent where the patient has
records of that kind and none is of it.
"""

from collections.abc import Callable, Collection
from dataclasses import replace

from analysis.adam.assessments import of_reader
from analysis.adam.dates import not_after
from analysis.adam.eligibility_data import (
    MET,
    NO_VALUE,
    NOT_EVALUABLE,
    NOT_MET,
    Finding,
    Subject,
    at,
    number,
    shown,
    taken_at,
)
from analysis.adam.eligibility_organs import (
    HAEMOGLOBIN,
    NEUTROPHILS,
    PLATELETS,
    at_least,
    bilirubin,
    creatinine_or_clearance,
    transaminases,
    urine_protein,
)
from analysis.adam.records import Row, Source, day_of, period_of, seq_of
from analysis.adam.resistance import drug, is_prior, months_later
from analysis.params_eligibility import Eligibility, RuleName

Rule = Callable[[Subject], Finding]

NO_CUT_POINT = "No cut-point of receptor positivity is registered"


def age_and_sex(subject: Subject) -> Finding:
    youngest, age, sex = subject.settings.limits.youngest_age_years, subject.adsl["AGE"], subject.adsl["SEX"]
    if subject.adsl["AGEU"] not in (None, "YEARS"):
        age = None
    words = f"{'age missing' if age is None else f'{age:g} years'}, {'sex missing' if sex is None else f'sex {sex}'}"
    found = Finding(NOT_EVALUABLE, "Age or sex missing", words, f"female, at least {youngest} years")
    found = replace(found, source=Source("DM", "AGE"))
    is_female = None if sex is None else str(sex).upper() in subject.settings.female
    if is_female is False or (age is not None and age < youngest):
        return replace(found, result=NOT_MET, reason="Younger than the limit, or not female")
    return replace(found, result=MET, reason="Within the limit") if is_female and age is not None else found


def performance_status(subject: Subject) -> Finding:
    highest, testcd = subject.settings.limits.highest_ecog, subject.params.baseline.ecog_testcd
    limit = f"ECOG 0 to {highest}"
    read = [(d, row) for d in ("QS", "RS") if testcd and (row := subject.last(d, (testcd,))) is not None]
    if not read:
        return Finding(NOT_EVALUABLE, NO_VALUE, limit=limit)
    domain, row = max(read, key=lambda found: str(found[1][f"{found[0]}DTC"]))
    text = str(row.get(f"{domain}STRESC"))
    value = float(text) if text.isdecimal() else number(row, domain)
    found = Finding(NOT_EVALUABLE, "The result is no number", shown(row, domain), limit)
    found = replace(found, **at(row, domain, f"{domain}STRESC"))
    if value is None:
        return found
    if value <= highest:
        return replace(found, result=MET, reason="Within the limit")
    return replace(found, result=NOT_MET, reason="Above the limit")


def receptors(subject: Subject) -> Finding:
    """The receptor values; the record has no cut-point for them, so that nothing follows."""
    tests = subject.params.patients.biomarkers
    named = (("ER", tests.er_testcd), ("PR", tests.pr_testcd), ("HER2", tests.her2_testcd))
    read = [(name, row) for name, testcd in named if testcd and (row := subject.last("MI", (testcd,))) is not None]
    if not read:
        return Finding(NOT_EVALUABLE, NO_CUT_POINT)
    words = ", ".join(f"{name} {shown(row, 'MI')}" for name, row in read)
    return Finding(NOT_EVALUABLE, NO_CUT_POINT, words, **at(read[0][1], "MI", "MISTRESC"))


def ovarian_suppression(subject: Subject) -> Finding:
    settings, testcd = subject.settings, subject.params.patients.menopause_testcd
    limit = "ovarian function suppression before menopause"
    if testcd is None or (row := subject.last("RP", (testcd,))) is None:
        return Finding(NOT_EVALUABLE, "No menopausal status on or before enrolment", limit=limit)
    status = str(row.get("RPSTRESC")).strip().upper()
    found = Finding(NOT_EVALUABLE, "Menopausal status not known", status.lower(), limit, **at(row, "RP", "RPSTRESC"))
    if status in settings.postmenopausal:
        return replace(found, result=MET, reason="Not premenopausal")
    if status not in settings.premenopausal:
        return found
    for given in subject.happened("CM"):
        if drug(given) in settings.ovarian_suppression_drugs and taken_at(given, subject.until):
            return Finding(
                MET,
                "Suppressed by a drug",
                f"{found.value}, {drug(given)}",
                limit,
                **at(given, "CM", "CMTRT", "CMSTDTC"),
            )
    for domain, name, term in (("PR", "PRDECOD", "PRTRT"), ("MH", "MHDECOD", "MHTERM")):
        for done in subject.happened(domain):
            word = _term(done, name, term)
            if word in settings.ovarian_procedures and not_after(done.get(f"{domain}STDTC"), subject.until.isoformat()):
                where = at(done, domain, term, f"{domain}STDTC")
                return Finding(MET, "Suppressed by a procedure", f"{found.value}, {word}", limit, **where)
    if not subject.of("CM"):
        return replace(found, reason="Premenopausal, and no medication is recorded at all")
    return replace(found, result=NOT_MET, reason="Premenopausal, and no suppression recorded at enrolment")


def measurable_lesion(subject: Subject) -> Finding:
    limit = "at least one target lesion"
    read = [
        row
        for row in of_reader(subject.of("TU"), "TUEVAL", subject.params)
        if row.get("TUSTRESC") in ("TARGET", "NON-TARGET") and not_after(row.get("TUDTC"), subject.until.isoformat())
    ]
    if not read:
        return Finding(NOT_EVALUABLE, "No lesion recorded on or before enrolment", limit=limit)
    targets = [row for row in read if row["TUSTRESC"] == "TARGET"]
    where = at((targets or read)[0], "TU", "TUSTRESC")
    words = f"{len(targets)} target, {len(read) - len(targets)} non-target lesions"
    if targets:
        return Finding(MET, "A target lesion was found", words, limit, **where)
    return Finding(NOT_MET, "Only lesions that are not measurable", words, limit, **where)


def chemotherapy_lines(subject: Subject) -> Finding:
    """Lines of chemotherapy of advanced disease (NCTLINE of ADSL); one of unknown setting could be a line more."""
    most, baseline = subject.settings.limits.chemotherapy_lines, subject.params.baseline
    limit = f"at most {most} line{'' if most == 1 else 's'}"
    prior, lines = _prior(subject), subject.adsl["NCTLINE"]
    if not prior or lines is None:
        return Finding(NOT_EVALUABLE, "No prior anticancer therapy is recorded", limit=limit)
    given = [row for row in prior if drug(row) in baseline.chemotherapy]
    advanced = [row for row in given if row.get("CMSCAT") in baseline.advanced_settings]
    unknown = [row for row in given if row.get("CMSCAT") is None]
    words = f"{lines}: {', '.join(sorted({drug(row) for row in advanced}))}" if advanced else "none"
    found = Finding(NOT_MET, "More lines than the limit", words, limit)
    if advanced or unknown:
        found = replace(found, **at((advanced or unknown)[-1], "CM", "CMTRT", "CMSTDTC"))
    if lines > most:
        return found
    if lines + len(unknown) > most:
        return replace(found, result=NOT_EVALUABLE, reason="Chemotherapy of unknown setting")
    return replace(found, result=MET, reason="Within the limit")


def endocrine_resistance(subject: Subject) -> Finding:
    """By the rules of analysis.adam.resistance; one whose dates could also fit them is not evaluable."""
    wanted = subject.params.baseline.resistance
    limit = (
        f"relapse at most {wanted.after_adjuvant_months} months after at least {wanted.adjuvant_months} months of "
        f"adjuvant, or progression after at least {wanted.salvage_months} months of salvage endocrine therapy"
    )
    endocrine = [row for row in _prior(subject) if drug(row) in subject.params.baseline.endocrine_therapy]
    if not endocrine:
        return Finding(NOT_EVALUABLE, "No prior endocrine therapy is recorded", limit=limit)
    if (resistance := subject.resistance) is not None:
        row = next(r for r in endocrine if seq_of(r, "CM") == resistance.therapy.seq)
        ended = day_of(row, "CM", "CMENDTC")
        return Finding(MET, resistance.type.capitalize(), _course(row), limit, resistance.therapy, ended)
    last = max(endocrine, key=lambda row: str(row.get("CMENDTC") or "9999"))
    found = Finding(NOT_MET, "No therapy fits the definition", _course(last), limit)
    found = replace(found, **at(last, "CM", "CMENDTC", "CMENDTC"))
    if subject.may_be_resistant:
        return replace(found, result=NOT_EVALUABLE, reason="Dates, reasons or the relapse are not complete enough")
    return found


def _course(row: Row) -> str:
    return f"{drug(row)} {row.get('CMSTDTC') or 'start missing'} to {row.get('CMENDTC') or 'end missing'}"


def consent(subject: Subject) -> Finding:
    """Informed consent on or before the first visit, enrolment and first dose."""
    visits = [day for row in subject.of("SV") if (day := day_of(row, "SV", "SVSTDTC")) is not None]
    other = (day for day in (subject.adsl["ENRLDT"], subject.adsl["TRTSDT"]) if day is not None)
    first = min((*visits, *other), default=None)
    signed = subject.adsl["RFICDT"]
    limit = None if first is None else f"on or before {first}, the first visit, enrolment or dose"
    if signed is None or first is None:
        return Finding(NOT_EVALUABLE, "No date of consent, or none to compare it with", limit=limit)
    in_dm = any(row.get("RFICDTC") is not None for row in subject.of("DM"))
    written = [row for row in subject.of("DS") if row.get("DSDECOD") == "INFORMED CONSENT OBTAINED"]
    source = Source("DM", "RFICDTC") if in_dm else Source("DS", "DSSTDTC", seq_of(written[0], "DS"))
    found = Finding(MET, "Signed in time", str(signed), limit, source, signed)
    return found if signed <= first else replace(found, result=NOT_MET, reason="Signed later")


def prior_drug(subject: Subject) -> Finding:
    limit = "none of the excluded drugs"
    if not (prior := _prior(subject)):
        return Finding(NOT_EVALUABLE, "No prior anticancer therapy is recorded", limit=limit)
    for row in prior:
        if drug(row) in subject.settings.excluded_drugs:
            return Finding(NOT_MET, "An excluded drug was given", drug(row), limit, **at(row, "CM", "CMTRT", "CMSTDTC"))
    return Finding(MET, "None recorded", "none", limit)


def hypertension(subject: Subject) -> Finding:
    """Excluded with two antihypertensives or more; with hypertension and fewer there is no limit of good control."""
    settings, limit = subject.settings, "at most one antihypertensive drug"
    taken = [r for r in subject.happened("CM") if drug(r) in settings.antihypertensives and taken_at(r, subject.until)]
    history = [
        row
        for row in subject.happened("MH")
        if _term(row, "MHDECOD", "MHTERM") in settings.hypertension_terms
        and period_of(row, "MH", "MHENDTC").last is None
    ]
    pressures = [subject.last("VS", (testcd,)) for testcd in ("SYSBP", "DIABP")]
    words = ", ".join(sorted({drug(row) for row in taken})) or "no antihypertensive drug"
    words += "".join(f"; {row['VSTESTCD']} {shown(row, 'VS')}" for row in pressures if row is not None)
    if len({drug(row) for row in taken}) > 1:
        where = at(taken[-1], "CM", "CMTRT", "CMSTDTC")
        return Finding(NOT_MET, "More than one antihypertensive drug at enrolment", words, limit, **where)
    if taken or history:
        where = at(taken[0], "CM", "CMTRT", "CMSTDTC") if taken else at(history[0], "MH", "MHTERM", "MHSTDTC")
        reason = "Hypertension; no blood pressure is registered as well controlled"
        return Finding(NOT_EVALUABLE, reason, words, limit, **where)
    if not subject.of("MH"):
        return Finding(NOT_EVALUABLE, "No medical history is recorded", words, limit)
    return Finding(MET, "No hypertension recorded", words, limit)


def no_event(terms: Callable[[Eligibility], Collection[str]], *, recent: bool) -> Rule:
    """The rule that none of the terms is in MH, or in AE before enrolment; if `recent`, within params event_months.

    An event belongs to those months if it is at most that many calendar months before enrolment. One that could be on
    either side of a limit is not evaluable.
    """

    def rule(subject: Subject) -> Finding:
        months, until = subject.settings.limits.event_months, subject.until
        limit = f"none within {months} months before enrolment" if recent else "none before enrolment"
        if not subject.of("MH"):
            return Finding(NOT_EVALUABLE, "No medical history is recorded", limit=limit)
        possible = None
        for domain in ("MH", "AE"):
            for row in subject.happened(domain):
                term = _term(row, f"{domain}DECOD", f"{domain}TERM")
                when = period_of(row, domain, f"{domain}STDTC")
                if term not in terms(subject.settings) or (when.first is not None and when.first > until):
                    continue
                where = at(row, domain, f"{domain}STDTC", f"{domain}STDTC")
                value = f"{term.capitalize()}, {row.get(f'{domain}STDTC') or 'date missing'}"
                found = Finding(NOT_MET, "Recorded before enrolment", value, limit, **where)
                if recent and when.last is not None and months_later(when.last, months) < until:
                    continue
                # history is from before enrolment, whatever the rest of its period; an adverse event may not be
                begun = domain == "MH" or (when.last is not None and when.last <= until)
                late_enough = not recent or (when.first is not None and months_later(when.first, months) >= until)
                if begun and late_enough:
                    return found
                possible = replace(found, result=NOT_EVALUABLE, reason="The date could be on either side of the limit")
        return possible or Finding(MET, "None recorded", "none", limit)

    return rule


def _prior(subject: Subject) -> list[Row]:
    return [row for row in subject.of("CM") if is_prior(row, subject.params)]


def _term(row: Row, coded: str, reported: str) -> str:
    """A term in upper case: as coded, else as reported."""
    return str(row.get(coded) or row.get(reported) or "").strip().upper()


RULES: dict[RuleName, Rule] = {
    "age_and_sex": age_and_sex,
    "performance_status": performance_status,
    "receptors": receptors,
    "ovarian_suppression": ovarian_suppression,
    "measurable_lesion": measurable_lesion,
    "chemotherapy_lines": chemotherapy_lines,
    "endocrine_resistance": endocrine_resistance,
    "haemoglobin": at_least(HAEMOGLOBIN),
    "neutrophils": at_least(NEUTROPHILS),
    "platelets": at_least(PLATELETS),
    "bilirubin": bilirubin,
    "transaminases": transaminases,
    "creatinine_or_clearance": creatinine_or_clearance,
    "consent": consent,
    "prior_drug": prior_drug,
    "hypertension": hypertension,
    "cardiac_event": no_event(lambda settings: settings.cardiac_terms, recent=True),
    "immunodeficiency": no_event(lambda settings: settings.immunodeficiency_terms, recent=False),
    "urine_protein": urine_protein,
    "thrombotic_event": no_event(lambda settings: settings.thrombotic_terms, recent=True),
}
