"""Sentences on adverse events and deaths: sections 2, 12.2, 12.3 and 12.6."""

from analysis.params import Params
from analysis.report.grammar import counted, listed, percent
from analysis.report.phrases.named import Named, inside, most_frequent, not_reported
from analysis.tlf.disposition import drug_key


def adverse_events(named: Named, params: Params) -> str:
    """The overview of treatment-emergent adverse events."""
    if "teae.any" not in named:
        return not_reported("Adverse events are")
    if named.count("teae.any") == 0:
        return "No patient had a treatment-emergent adverse event."
    return (
        f"Treatment-emergent adverse events were recorded in {named.share('teae.any')}; they were of grade 3 or "
        f"higher in {named.share('teae.grade3')}, related to a study drug in {named.share('teae.related')}, "
        f"serious in {named.share('teae.serious')} and fatal in {named.share('teae.fatal')}."
    )


def related_events(named: Named, params: Params) -> str:
    """Relatedness by drug, where there are several, and of the severe events."""
    if "teae.related" not in named:
        return not_reported("The relatedness of adverse events is")
    drugs = {drug.name: f"teae.related_{drug_key(drug)}" for drug in params.study.treatments}
    by_drug = [f"to {drug} in {named.share(name)}" for drug, name in drugs.items() if name in named]
    text = f"Events of grade 3 or higher were related to a study drug in {named.share('teae.grade3_related')}."
    return f"Events were considered related {listed(by_drug)}. {text}" if len(by_drug) > 1 else text


def modifications(named: Named, params: Params) -> str:
    """Adverse events that changed the treatment."""
    if "teae.discontinuation" not in named:
        return not_reported("The consequences of adverse events for treatment are")
    return (
        f"Treatment-emergent adverse events led to a dose reduction of a study drug in "
        f"{named.share('teae.reduction')}, to an interruption in {named.share('teae.interruption')} and to "
        f"discontinuation in {named.share('teae.discontinuation')}."
    )


def _terms(named: Named, start: str, count: str) -> list[str]:
    """The names of the counts of each preferred term that occurred, the most frequent first."""
    names = named.found(f"{start}.", f".{count}")
    return [n for n in names if "AEDECOD" in (named.result(n).group1, named.result(n).group2)]


def _most_frequent(named: Named, params: Params, names: list[str], events: str) -> str:
    """The most frequent terms with their patients: all terms where they are few, none by name where all are equal."""
    chosen = most_frequent(named, names, params.report.in_text_terms)
    said = listed([f"{inside(named.label(name))} in {named.share(name)}" for name in chosen])
    if len(names) == 1:
        return f"The only term among the {events} was {said}."
    if len(chosen) == len(names):
        return f"By term, the {events} were {said}."
    if not chosen:
        return f"Each term among the {events} was recorded in {named.share(names[0])}."
    return (
        f"The most frequent {events} were {said}." if len(chosen) > 1 else f"Most frequent of the {events} was {said}."
    )


def frequent_events(named: Named, params: Params) -> str:
    if "ae.total.any" not in named:
        return not_reported("Adverse events by term are")
    names = _terms(named, "ae", "any")
    if not names:
        return "No treatment-emergent adverse event was recorded."
    return _most_frequent(named, params, names, "treatment-emergent adverse events")


def severe_events(named: Named, params: Params) -> str:
    if "ae.total.grade3" not in named:
        return not_reported("Adverse events by grade are")
    names = _terms(named, "ae", "grade3")
    if not names:
        return "No treatment-emergent adverse event was of grade 3 or higher."
    return _most_frequent(named, params, names, "events of grade 3 or higher")


def serious_events(named: Named, params: Params) -> str:
    if "sae.total.any" not in named:
        return not_reported("Serious adverse events are")
    names = _terms(named, "sae", "any")
    if not names:
        return "No serious treatment-emergent adverse event was recorded."
    return (
        f"Serious treatment-emergent adverse events were recorded in {named.share('sae.total.any')}, related to a "
        f"study drug in {named.share('sae.total.related')}. "
        f"{_most_frequent(named, params, names, 'serious events')}"
    )


def stopped_events(named: Named, params: Params) -> str:
    """The adverse events for which each drug was stopped, by term; disposition records may name another reason."""
    drugs = {drug.name: f"discontinued_{drug_key(drug)}" for drug in params.study.treatments}
    if not any(f"ae_action.total.{count}" in named for count in drugs.values()):
        return not_reported("The adverse events for which treatment was stopped are")
    said = []
    for drug, count in drugs.items():
        terms = [f"{inside(named.label(n))} in {named.share(n)}" for n in _terms(named, "ae_action", count)]
        said.append(
            f"{drug} was stopped for {listed(terms)}"
            if terms
            else f"{drug} was not stopped for a treatment-emergent adverse event"
        )
    return f"By the action recorded with each event, {'; '.join(said)}."


def event_rate(named: Named, params: Params) -> str:
    """The exposure-adjusted rate of any event."""
    if "teae.rate" not in named:
        return not_reported("The rate of adverse events by time at risk is")
    if named.value("teae.rate") is None:
        return "The rate of adverse events by time at risk was not estimable."
    return (
        f"The rate of patients with a treatment-emergent adverse event was {named.shown('teae.rate')} per 100 "
        f"patient-years at risk {named.limits('teae.rate', percent(params.km.conf_level))}."
    )


def special_interest(named: Named, params: Params) -> str:
    """Each grouping of special interest that occurred, with its grade 3 or higher."""
    if not named.ending("aesi.", ".any"):
        return not_reported("Adverse events of special interest are")
    seen = []
    for grouping in params.adverse_events.special_interest:
        name = f"aesi.{grouping.name}"
        if f"{name}.any" in named and named.count(f"{name}.any"):
            severe = named.count(f"{name}.grade3")
            seen.append(
                f"{inside(grouping.title)} in {named.share(f'{name}.any')}"
                + (f", with grade 3 or higher in {severe}" if severe else "")
            )
    return f"Events of special interest were {'; '.join(seen)}." if seen else "No event of special interest occurred."


def onset(named: Named, params: Params) -> str:
    """The median day of the first event of each grouping of special interest that has one."""
    if not named.ending("aesi.", ".any"):
        return not_reported("The onset of events of special interest is")
    days = [
        f"{named.shown(f'aesi.{grouping.name}.onset.median')} for {inside(grouping.title)}"
        for grouping in params.adverse_events.special_interest
        if f"aesi.{grouping.name}.onset.median" in named
        and named.value(f"aesi.{grouping.name}.onset.median") is not None
    ]
    if not days:
        return "No event of special interest has a recorded day of onset after the first dose."
    return f"The median study day of the first event was {listed(days)}."


def deaths(named: Named, params: Params) -> str:
    """Deaths by their time after the last dose, and fatal adverse events."""
    if "deaths.all" not in named:
        return not_reported("Deaths are")
    died = named.count("deaths.all")
    if died == 0:
        return "No death was recorded in the safety set."
    days = params.adverse_events.window_days
    within, fatal = named.count("deaths.window"), named.count("deaths.fatal_event")
    text = f"In the safety set, {named.share('deaths.all')} died"
    if died == 1:
        return (
            f"{text}, {'' if within else 'not '}on treatment or within {days} days after the last dose and "
            f"{'with' if fatal else 'without'} a fatal adverse event."
        )
    who, had = (
        {0: "none", died: "all"}.get(within, str(within)),
        {0: "none", died: "all"}.get(fatal, str(fatal)),
    )
    return (
        f"{text}, {who} of them on treatment or within {days} days after the last dose; {had} of them had a fatal "
        "adverse event."
    )


def death_causes(named: Named, params: Params) -> str:
    """The causes of death, and how many fatal events were considered related."""
    if "deaths.all" not in named:
        return not_reported("The causes of death are")
    if named.count("deaths.all") == 0:
        return "There was therefore no cause of death to report."
    causes = [
        f"{inside(named.label(name))} ({counted(named.count(name), 'patient')})" for name in named.found("death_cause.")
    ]
    text = f"The {'cause' if len(causes) == 1 else 'causes'} of death {'was' if len(causes) == 1 else 'were'} "
    text += f"{listed(causes)}."
    if not named.count("deaths.fatal_event"):
        return text
    return f"{text} A fatal adverse event was considered related to a study drug in {named.share('deaths.related')}."
