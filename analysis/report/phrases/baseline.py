"""Sentences on protocol deviations, eligibility and what patients brought to the trial: sections 10.2 and 11.2."""

from analysis.params import Params
from analysis.report.grammar import counted, listed
from analysis.report.phrases.named import Named, inside, not_reported, was

DISEASE = (
    ("visceral.yes", "visceral disease"),
    ("site.liver", "a liver lesion"),
    ("denovo.yes", "de novo metastatic disease"),
    ("her2.low", "HER2-low disease"),
)
PRIOR = (
    ("prior.adjuvant_endocrine", "endocrine therapy of early disease"),
    ("prior.cdk46", "a CDK4/6 inhibitor"),
    ("chemotherapy_lines.1", "{label} line of chemotherapy for advanced disease"),
)
"""Name of the result -> what the patients had, or had received; {label} is that of the result."""


def demographics(named: Named, params: Params) -> str:
    if "age.n" not in named:
        return not_reported("Demographic characteristics are")
    n = named.count("age.n")
    if n == 0:
        return "No patient's age was recorded."
    if n == 1:
        return f"The only patient whose age was recorded was {named.shown('age.median')} years old."
    facts = [
        f"{named.share(name)} {was(named.count(name))} {what}"
        for name, what in (("sex.female", "female"), ("menopause.post", "postmenopausal"))
        if name in named
    ]
    return (
        f"The median age was {named.shown('age.median')} years (range: {named.shown('age.min')} to "
        f"{named.shown('age.max')}); {listed(facts)}."
    )


def performance_status(named: Named, params: Params) -> str:
    """The ECOG performance status at baseline; each status that occurred."""
    seen = named.found("ecog.")
    if not seen:
        return not_reported("The ECOG performance status at baseline is")
    shares = [f"{named.label(name)} in {named.share(name)}" for name in seen]
    return f"The ECOG performance status was {listed(shares)}."


def disease(named: Named, params: Params) -> str:
    """What the table of disease characteristics holds of the facts that a reader asks for first."""
    said = [f"{text} in {named.share(name)}" for name, text in DISEASE if name in named]
    return f"At baseline there was {listed(said)}." if said else not_reported("Characteristics of the disease are")


def prior_therapy(named: Named, params: Params) -> str:
    """Prior therapy, and the type of endocrine resistance."""
    said = [f"{text.format(label=named.label(name))} in {named.share(name)}" for name, text in PRIOR if name in named]
    if not said:
        return not_reported("Prior anticancer therapy is")
    types = [f"{inside(named.label(name))} in {named.share(name)}" for name in named.found("resistance.")]
    resistance = f" Secondary endocrine resistance was shown by {listed(types)}." if types else ""
    return f"Prior therapy included {listed(said)}.{resistance}"


def deviations(named: Named, params: Params) -> str:
    if "deviations.any" not in named:
        return not_reported("Protocol deviations are")
    if named.count("deviations.any") == 0:
        return "No important protocol deviation was recorded."
    categories = [f"{inside(named.label(name))} in {named.share(name)}" for name in named.found("deviation.")]
    return (
        f"Important protocol deviations were recorded in {named.share('deviations.any')}; "
        f"{named.share('deviations.per_protocol')} had one that excludes from the per-protocol set. By category, they "
        f"were {listed(categories)}."
    )


def eligibility(named: Named, params: Params) -> str:
    """Failures of the criteria that the data show, recorded or not."""
    if "eligibility.potential" not in named:
        return not_reported("An audit of eligibility is")
    return (
        f"By the data, {named.share('eligibility.recorded')} failed a criterion as recorded, and "
        f"{named.share('eligibility.potential')} failed one without a record."
    )


def exclusions(named: Named, params: Params) -> str:
    """Who was excluded from which analysis set, and why."""
    if "set.safety" not in named:
        return not_reported("The reasons for exclusion from an analysis set are")
    said = []
    for name, label in (
        ("fas", "full analysis set"),
        ("safety", "safety set"),
        ("response_evaluable", "response-evaluable set"),
        ("per_protocol", "per-protocol set"),
    ):
        n = named.count(f"set.{name}_excluded")
        if n:
            reasons = [
                f"{' of category '.join(inside(part) for part in named.label(reason).split(': '))} "
                f"({counted(named.count(reason), 'patient')})"
                for reason in named.found(f"excluded.{name}.")
            ]
            said.append(f"From the {label}, {counted(n, 'patient')} {was(n)} excluded: {listed(reasons)}.")
    return " ".join(said) or "No enrolled patient was excluded from an analysis set."
