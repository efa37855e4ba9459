"""Sentences on baseline, exposure and safety: sections 2, 10.2, 11.2, 11.3 and 12."""

from analysis.params import Params
from analysis.report.grammar import counted, listed, sentence
from analysis.report.phrases.named import Named
from analysis.tlf.disposition import drug_key


def _not_reported(what: str) -> str:
    return f"{what} not part of this report."


def _share(named: Named, name: str) -> str:
    """A number of patients and its percentage; the percentage is left out for nobody."""
    n = named.count(name)
    return f"{counted(n, 'patient')} ({named.shown(f'{name}_pct')}%)" if n else "no patient"


def demographics(named: Named, params: Params) -> str:
    if "age.n" not in named:
        return _not_reported("Demographic characteristics are")
    n = named.count("age.n")
    if n == 0:
        return "No patient's age was recorded."
    if n == 1:
        return f"The only patient whose age was recorded was {named.shown('age.median')} years old."
    return (
        f"The median age was {named.shown('age.median')} years (range: {named.shown('age.min')} to "
        f"{named.shown('age.max')}); {_share(named, 'sex.female')} {_was(named, 'sex.female')} female."
    )


def _was(named: Named, name: str) -> str:
    return "was" if named.count(name) <= 1 else "were"


def disease(named: Named, params: Params) -> str:
    """What the tables of disease and prior therapy hold of the facts that a reader asks for first."""
    facts = (
        ("visceral.yes", "visceral disease"),
        ("denovo.yes", "de novo metastatic disease"),
        ("prior.cdk46", "prior therapy with a CDK4/6 inhibitor"),
        ("chemotherapy_lines.1", "one line of chemotherapy for advanced disease"),
    )
    said = [f"{_share(named, name)} had {text}" for name, text in facts if name in named]
    return sentence(listed(said)) if said else _not_reported("Characteristics of the disease are")


def deviations(named: Named, params: Params) -> str:
    if "deviations.any" not in named:
        return _not_reported("Protocol deviations are")
    if named.count("deviations.any") == 0:
        return "No important protocol deviation was recorded."
    return (
        f"Important protocol deviations were recorded in {_share(named, 'deviations.any')}; "
        f"{_share(named, 'deviations.per_protocol')} had one that excludes from the per-protocol set."
    )


def eligibility(named: Named, params: Params) -> str:
    """Failures of the criteria that the data show, recorded or not."""
    if "eligibility.potential" not in named:
        return _not_reported("An audit of eligibility is")
    return (
        f"By the data, {_share(named, 'eligibility.recorded')} failed a criterion as recorded, and "
        f"{_share(named, 'eligibility.potential')} failed one without a record."
    )


def exposure(named: Named, params: Params) -> str:
    """One sentence per drug on how long it was given and, where it has a plan, in how many courses."""
    said = []
    for treatment in params.study.treatments:
        name = f"exposure.{drug_key(treatment)}"
        if f"{name}.duration.n" not in named or named.value(f"{name}.duration.median") is None:
            continue
        text = (
            f"The median duration of exposure to {treatment.name} was {named.shown(f'{name}.duration.median')} days "
            f"(range: {named.shown(f'{name}.duration.min')} to {named.shown(f'{name}.duration.max')})"
        )
        if treatment.plan is not None:
            courses = f"{treatment.plan.course}s"
            text += f", and the median number of {courses} was {named.shown(f'{name}.cycles.median')}"
        said.append(f"{text}.")
    return " ".join(said) or _not_reported("The extent of exposure is")


def intensity(named: Named, params: Params) -> str:
    """The relative dose intensity of each drug, and its modifications."""
    said = []
    for treatment in params.study.treatments:
        name = f"exposure.{drug_key(treatment)}"
        if f"{name}.rdi.n" not in named or named.value(f"{name}.rdi.median") is None:
            continue
        said.append(
            f"The median relative dose intensity of {treatment.name} was {named.shown(f'{name}.rdi.median')}% (range: "
            f"{named.shown(f'{name}.rdi.min')}% to {named.shown(f'{name}.rdi.max')}%); its dose was reduced in "
            f"{_share(named, f'{name}.reduced')} and delayed in {_share(named, f'{name}.delayed')}."
        )
    return " ".join(said) or _not_reported("The dose intensity is")


def adverse_events(named: Named, params: Params) -> str:
    """The overview of treatment-emergent adverse events."""
    if "teae.any" not in named:
        return _not_reported("Adverse events are")
    if named.count("teae.any") == 0:
        return "No patient had a treatment-emergent adverse event."
    return (
        f"Treatment-emergent adverse events were recorded in {_share(named, 'teae.any')}; they were of grade 3 or "
        f"higher in {_share(named, 'teae.grade3')}, related to a study drug in {_share(named, 'teae.related')}, "
        f"serious in {_share(named, 'teae.serious')} and fatal in {_share(named, 'teae.fatal')}."
    )


def modifications(named: Named, params: Params) -> str:
    """Adverse events that changed the treatment."""
    if "teae.discontinuation" not in named:
        return _not_reported("The consequences of adverse events for treatment are")
    return (
        f"Treatment-emergent adverse events led to a dose reduction of a study drug in "
        f"{_share(named, 'teae.reduction')}, to an interruption in {_share(named, 'teae.interruption')} and to "
        f"discontinuation in {_share(named, 'teae.discontinuation')}."
    )


def special_interest(named: Named, params: Params) -> str:
    """Each grouping of special interest that occurred, with its grade 3 or higher."""
    if not named.ending("aesi.", ".any"):
        return _not_reported("Adverse events of special interest are")
    seen = []
    for grouping in params.adverse_events.special_interest:
        name = f"aesi.{grouping.name}"
        if f"{name}.any" in named and named.count(f"{name}.any"):
            severe = named.count(f"{name}.grade3")
            seen.append(
                f"{_inside(grouping.title)} in {counted(named.count(f'{name}.any'), 'patient')}"
                + (f" ({severe} with grade 3 or higher)" if severe else "")
            )
    return f"Events of special interest were {listed(seen)}." if seen else "No event of special interest occurred."


def _inside(title: str) -> str:
    """A title inside a sentence: without its capital, but for an abbreviation."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def deaths(named: Named, params: Params) -> str:
    if "deaths.all" not in named:
        return _not_reported("Deaths are")
    died = named.count("deaths.all")
    if died == 0:
        return "No death was recorded in the safety set."
    days = params.adverse_events.window_days
    within, fatal = named.count("deaths.window"), named.count("deaths.fatal_event")
    return (
        f"Of the patients of the safety set, {counted(died, 'patient')} died, {within or 'none'} of them on treatment "
        f"or within {days} days after the last dose; {fatal or 'none'} had a fatal adverse event."
    )


def liver(named: Named, params: Params) -> str:
    if "liver.hys_law.candidate" not in named:
        return _not_reported("Liver tests are")
    n = named.count("liver.hys_law.candidate")
    raised = f"ALT or AST was above 3 x ULN on treatment in {_share(named, 'liver.transaminase.above3')}"
    return (
        f"{raised}; {_share(named, 'liver.hys_law.candidate')} {'was a candidate' if n <= 1 else 'were candidates'} "
        "for Hy's law."
    )
