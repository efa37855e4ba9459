"""The sentences of a narrative, each from recorded values alone: what is missing is said to be not recorded."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from analysis.adam.dates import period
from analysis.params import Params
from analysis.report.grammar import MONTHS, counted, listed, long_date
from analysis.results import rounded
from analysis.tlf import ae_words
from analysis.tlf.listings import Record
from analysis.tlf.patient_file import PatientFile

NEAR_DAYS = 14
LEAST_LAB_GRADE = 2

SEX = {"F": "woman", "M": "man"}
LINES = {"NETLINE": "endocrine therapy", "NCTLINE": "chemotherapy"}
"""Variable of the number of lines of a kind -> the kind."""

ACTIONS = {
    "DOSE NOT CHANGED": "the dose of {drug} was not changed",
    "DOSE REDUCED": "the dose of {drug} was reduced",
    "DOSE INCREASED": "the dose of {drug} was increased",
    "DRUG INTERRUPTED": "{drug} was interrupted",
    "DRUG WITHDRAWN": "{drug} was stopped",
    "NOT APPLICABLE": "action with {drug} did not apply",
    "UNKNOWN": "the action taken with {drug} was not known",
}
"""Action with a drug -> words; another value is quoted."""

ENDS = {
    "RECOVERED/RESOLVED": "It resolved {when}{after}.",
    "RECOVERED/RESOLVED WITH SEQUELAE": "It resolved with sequelae {when}{after}.",
    "FATAL": "Its outcome was fatal; it ended {when}.",
    "RECOVERING/RESOLVING": "It was recorded as resolving.",
    "NOT RECOVERED/NOT RESOLVED": "It was recorded as not resolved.",
    "UNKNOWN": "Its outcome was recorded as unknown.",
}
"""Outcome -> sentence; another value is quoted."""


def when(date: dt.date | None, flag: str | None, day: int | None) -> str:
    """A date in a sentence with its preposition."""
    return f"{'in' if date is not None and flag else 'on'} {date_words(date, flag, day)}"


def date_words(date: dt.date | None, flag: str | None, day: int | None) -> str:
    """'3 May 2024 (study day 12)', or of an imputed date, by its flag, the part that was recorded."""
    if date is None:
        return "a date that was not recorded"
    if flag:
        return str(date.year) if flag == "M" else f"{MONTHS[date.month - 1]} {date.year}"
    return long_date(date) + (f" (study day {day})" if day is not None else "")


def quoted(text: str) -> str:
    return f'"{text}"'


def capital(text: str) -> str:
    """A text with a capital at its start."""
    return text[:1].upper() + text[1:]


def background(file: PatientFile, params: Params) -> str:
    """Age, sex, disease, performance status and prior therapy."""
    patient = file.patient
    age, sex = patient["AGE"], patient["SEX"]
    who = SEX.get(sex, "person")
    if age is not None:
        article = "an" if int(age) in (8, 11, 18) or 80 <= age < 90 else "a"
        who = f"{article} {age:g}-year-old {who}"
    else:
        who = f"a {who}"
    missing = [word for word, known in (("age", age is not None), ("sex", sex in SEX)) if not known]
    asides = {0: "", 1: "; the {} was not recorded", 2: "; the {} were not recorded"}
    aside = asides[len(missing)].format(listed(missing))
    said = f"The patient was {who} with {params.study.indication}{aside}."
    ecog = patient["ECOGBL"]
    status = "not recorded" if ecog is None else f"{ecog:g}"
    sites = {"Y": "was", "N": "was not"}.get(patient["VISCFL"])
    visceral = f"visceral disease {sites} present" if sites else "visceral disease was not recorded"
    said += f" At baseline the ECOG performance status was {status}, and {visceral}."
    if (lines := patient["NADVLINE"]) is None:
        return f"{said} Prior lines of therapy for advanced disease were not recorded."
    kinds = [f"{patient[name]} with {kind}" for name, kind in LINES.items() if patient[name]]
    said += f" The patient had received {counted(lines, 'line')} of therapy for advanced disease"
    said += f", {listed(kinds)}." if kinds else "."
    if patient["CDK46FL"] == "Y":
        said += " A CDK4/6 inhibitor had been given before."
    return said


def dosing(file: PatientFile, params: Params) -> str:
    """Of each drug the first and the last dose, the changes, and why it was stopped."""
    drugs = enumerate(params.study.treatments, start=1)
    return " ".join(_drug(file, number, capital(drug.name)) for number, drug in drugs)


def _drug(file: PatientFile, number: int, name: str) -> str:
    doses, patient = file.doses[number], file.patient
    if not doses:
        return f"{name} was not given."
    first, last = doses[0], max(doses, key=lambda dose: dose["AENDT"])
    began = when(first["ASTDT"], first["ASTDTF"], file.day(first["ASTDT"]))
    ended = when(last["AENDT"], last["AENDTF"], file.day(last["AENDT"]))
    amount = "at a dose that was not recorded" if first["AVAL"] is None else f"at {first['AVAL']:g} mg"
    if first["ASTDT"] == last["AENDT"]:
        said = f"{name} was given once, {began} {amount}."
    else:
        said = f"{name} was first given {began} {amount} and last {ended}."
    changes = [
        f"{dose['ADOSCHG'].lower()} to {dose['AVAL']:g} mg "
        f"{when(dose['ASTDT'], dose['ASTDTF'], file.day(dose['ASTDT']))}"
        for dose in doses
        if dose["ADOSCHG"] is not None
    ]
    said += f" The dose was {listed(changes)}." if changes else " No change of dose was recorded."
    match patient[f"EOTSTT{number}"]:
        case "DISCONTINUED":
            date = patient[f"EOTDT{number}"]
            reason = patient[f"DCTREAS{number}"]
            why = "the reason was not recorded" if reason is None else f"the reason recorded was {_phrase(reason)}"
            said += f" It was stopped {when(date, None, file.day(date))}; {why}."
        case "COMPLETED":
            said += " The treatment was completed."
        case "ONGOING":
            said += " It was ongoing at the data cut-off."
    return said


def _phrase(value: str) -> str:
    """A recorded category inside a sentence; a text that is not in capitals alone is quoted."""
    return value.lower() if value.isupper() else quoted(value)


def event(file: PatientFile, row: Record, params: Params) -> str:
    """One event from its start to its outcome."""
    return " ".join(
        sentence
        for sentence in (
            _beginning(file, row),
            _last_doses(file, row, params),
            _seriousness(row),
            _relatedness(row, params),
            _action(row, params),
            _treatment(file, row),
            _outcome(row),
        )
        if sentence
    )


def _beginning(file: PatientFile, row: Record) -> str:
    coded, reported = row["AEDECOD"], row["AETERM"]
    if coded is None:
        name = "An event that was not coded" if reported is None else f"An event reported as {quoted(reported)}"
    else:
        differs = reported is not None and reported.lower() != coded.lower()
        name = coded + (f", reported as {quoted(reported)}," if differs else "")
    said = f"{name} {_of_grade(row)} began {when(row['ASTDT'], row['ASTDTF'], row['ASTDY'])}."
    return said + (f" Its initial grade was {row['AITOXGRN']}." if row["AITOXGRN"] is not None else "")


def _of_grade(row: Record) -> str:
    return "of a grade that was not recorded" if row["ATOXGRN"] is None else f"of grade {row['ATOXGRN']}"


def _last_doses(file: PatientFile, row: Record, params: Params) -> str:
    """How long before a complete start each drug had last been given."""
    if row["ASTDT"] is None or row["ASTDTF"]:
        return ""
    given: list[str] = []
    not_given: list[str] = []
    for number, drug in enumerate(params.study.treatments, start=1):
        ended = [min(dose["AENDT"], row["ASTDT"]) for dose in file.doses[number] if dose["ASTDT"] <= row["ASTDT"]]
        if ended:
            days = (row["ASTDT"] - max(ended)).days
            ago = f"{counted(days, 'day')} before" if days else "on that day"
            given.append(f"{drug.name} {'' if given else 'had last been given '}{ago}")
        else:
            not_given.append(drug.name)
    said = [f"{capital(listed(given))}."] if given else []
    return " ".join([*said, *([f"{capital(listed(not_given))} had not been given yet."] if not_given else [])])


def _seriousness(row: Record) -> str:
    if row["ASERFL"] != "Y":
        return "It was not serious."
    met = ae_words.criteria(row)
    return f"It was serious because of {listed(met)}." if met else "It was serious; the criterion was not recorded."


def _relatedness(row: Record, params: Params) -> str:
    known, said = [], []
    for number, drug in enumerate(params.study.treatments, start=1):
        value = row[f"AREL{number}"]
        if value is None:
            said.append(f"Its relatedness to {drug.name} was not recorded.")
        elif value.isupper() and value.endswith("RELATED"):
            known.append(f"as {value.lower()} to {drug.name}")
        else:
            said.append(f"Its relatedness to {drug.name} was recorded as {quoted(value)}.")
    return " ".join([*([f"It was recorded {listed(known)}."] if known else []), *said])


def _action(row: Record, params: Params) -> str:
    said = []
    for number, drug in enumerate(params.study.treatments, start=1):
        value = row[f"AEACN{number}"]
        if value is None:
            said.append(f"the action taken with {drug.name} was not recorded")
        elif value in ACTIONS:
            said.append(ACTIONS[value].format(drug=drug.name))
        else:
            said.append(f"the action taken with {drug.name} was recorded as {quoted(value)}")
    return f"Because of it, {listed(said)}."


def _treatment(file: PatientFile, row: Record) -> str:
    """What was given for the event, by the relations between records."""
    given = file.given.get(row["AESEQ"], [])
    if given:
        return f"Given for it: {listed([_medication(file, taken) for taken in given])}."
    match row["AECONTRT"]:
        case "Y":
            return "Treatment was given for it; which one was not recorded."
        case "N":
            return "No treatment was given for it."
    return "Whether treatment was given for it was not recorded."


def _medication(file: PatientFile, taken: Record) -> str:
    name = taken["CMDECOD"].lower() if taken["CMDECOD"] else quoted(str(taken["CMTRT"]))
    began, ended = (taken["ASTDT"], taken["ASTDTF"], taken["ASTDY"]), (taken["AENDT"], taken["AENDTF"], taken["AENDY"])
    if taken["ASTDT"] is not None and taken["ASTDT"] == taken["AENDT"]:
        return f"{name} {when(*began)}"
    end = f" to {date_words(*ended)}" if taken["AENDT"] is not None else ""
    return f"{name} from {date_words(*began)}{end}"


def _outcome(row: Record) -> str:
    value = row["AEOUT"]
    if value is None:
        return "Its outcome was not recorded."
    days = row["ADURN"] if not row["ASTDTF"] and not row["AENDTF"] else None
    after = f", having lasted {counted(days, 'day')}" if days is not None else ""
    end = when(row["AENDT"], row["AENDTF"], row["AENDY"])
    form = ENDS.get(value)
    return form.format(when=end, after=after) if form else f"Its outcome was recorded as {quoted(value)}."


def near(row: Record, other: dt.date | None) -> bool:
    """Whether a date is close to the start of an event."""
    start: dt.date | None = row["ASTDT"]
    return start is not None and other is not None and abs((other - start).days) <= NEAR_DAYS


def others(file: PatientFile, row: Record) -> str:
    """The other events that began close to one, and those that had begun earlier and not ended."""
    start = row["ASTDT"]
    if start is None:
        return "Events near it are not named, since its start was not recorded."
    rest = [other for other in file.events if other["AESEQ"] != row["AESEQ"] and other["ASTDT"] is not None]
    began = [other for other in rest if near(row, other["ASTDT"])]
    earlier = [other for other in rest if (start - other["ASTDT"]).days > NEAR_DAYS]
    ongoing = [other for other in earlier if other["AENDT"] is None or other["AENDT"] >= start]
    text = f"No other adverse event began within {NEAR_DAYS} days of its start."
    if began:
        text = f"Within {NEAR_DAYS} days of its start began: {listed([_named(other) for other in began])}."
    if ongoing:
        text += f" Begun earlier and not ended by then: {listed([_named(other) for other in ongoing])}."
    return text


def _named(event: Record) -> str:
    return f"{ae_words.term(event)} {_of_grade(event)} {when(event['ASTDT'], event['ASTDTF'], event['ASTDY'])}"


def labs(file: PatientFile, row: Record) -> str:
    """The worst graded value of each laboratory test close to an event's start."""
    close = [lab for lab in file.labs if near(row, lab["ADT"]) and lab["SRCDOM"] == "LB"]
    if not close:
        return f"No laboratory value was recorded within {NEAR_DAYS} days of its start." if row["ASTDT"] else ""
    worst: dict[str, tuple[int, Record]] = {}
    for lab in close:
        grade = max(_grade(lab["ATOXGRL"]), _grade(lab["ATOXGRH"]))
        if grade >= LEAST_LAB_GRADE and grade > worst.get(lab["PARAMCD"], (0, lab))[0]:
            worst[lab["PARAMCD"]] = (grade, lab)
    if not worst:
        return f"No laboratory value within {NEAR_DAYS} days of its start was of grade {LEAST_LAB_GRADE} or higher."
    said = [
        f"{lab['PARAM'].split(' (')[0].lower()} {_value(lab)} "
        f"{when(lab['ADT'], None, file.day(lab['ADT']))}, grade {grade}"
        for grade, lab in worst.values()
    ]
    which = f"of grade {LEAST_LAB_GRADE} or higher within {NEAR_DAYS} days of its start"
    return f"Laboratory values {which}: {'; '.join(said)}."


def _grade(value: str | float | None) -> int:
    return 0 if value is None else int(value)


def _value(lab: Mapping[str, Any]) -> str:
    shown = lab["AVALC"] if lab["AVAL"] is None else rounded(lab["AVAL"], 3).rstrip("0").rstrip(".")
    return f"{shown} {lab['AVALU']}" if lab["AVALU"] else str(shown)


def death(file: PatientFile) -> str:
    """When the patient died, of what, and what had happened to the disease."""
    patient = file.patient
    if patient["DTHFL"] != "Y":
        return ""
    recorded = period(file.died)
    date = patient["DTHDT"] or recorded.first
    said = f"The patient died {when(date, recorded.missing or None, file.day(date))}"
    if patient["LDDTHELD"] is not None and not patient["DTHDTF"]:
        days = patient["LDDTHELD"]
        said += f", {counted(days, 'day')} after the last dose" if days > 0 else ", on the day of the last dose"
    said += "."
    cause, source = patient["DTHCAUS"], patient["DTHCDOM"]
    if cause is None:
        said += " The cause was not recorded."
    elif source == "AE":
        said += f" No cause of death was recorded beside the fatal adverse event, {cause}."
    else:
        said += f" The cause of death was recorded as {_phrase(cause)}."
    progressed = [row for row in file.responses if row["AVALC"] == "PD"]
    if progressed:
        date = progressed[0]["ADT"]
        return f"{said} Progression of the disease had been recorded {when(date, None, file.day(date))}."
    return f"{said} The tumour assessments recorded no progression."
