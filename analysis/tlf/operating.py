"""Operating characteristics of the registered design: its analysis in simulated trials, beside the formulas."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from analysis.adam.dates import DAYS_PER_MONTH
from analysis.params import Design, Km, Params, Schedule
from analysis.results import Result, rounded
from analysis.stats.design import Tails, event_probability, formula_power, median_limit_patients
from analysis.stats.proportions import proportion_ci
from analysis.stats.simulation import BATCH, Batch, Plan, Tally, batches
from analysis.tlf import rows
from analysis.tlf.context import Context
from analysis.tlf.model import Cell, Column, Row, Table

OUTPUT = "t-16-1-9-5"


@dataclass(frozen=True)
class Sums:
    """The sum and the sum of squares of a number over `count` trials."""

    sum: float
    squares: float
    count: int

    @property
    def mean(self) -> float:
        """nan without trials."""
        return self.sum / self.count if self.count else math.nan

    @property
    def std_err(self) -> float:
        """The standard error of the mean; nan with fewer than two trials."""
        if self.count < 2:
            return math.nan
        return math.sqrt(max(0.0, self.squares - self.sum * self.mean) / (self.count - 1) / self.count)


# Statistic -> its row, and what it is of a tally: a number of trials, shown as a share, or a mean.
SHARES: dict[str, tuple[str, Callable[[Tally], int]]] = {
    "benefit": ("Registered test rejects, benefit tail, %", lambda t: t.benefit),
    "harm": ("Registered test rejects, harm tail, %", lambda t: t.harm),
    "benefit_wu": ("With variance (O + E) / 2, benefit tail, %", lambda t: t.benefit_wu),
    "harm_wu": ("With variance (O + E) / 2, harm tail, %", lambda t: t.harm_wu),
    "limit_above": ("Lower limit of the median above the null, %", lambda t: t.limit_above),
}
MEANS: dict[str, tuple[str, Callable[[Tally], Sums]]] = {
    "events": ("Events, mean", lambda t: Sums(t.events, t.events_squares, t.trials)),
    "expected": ("Events that the null expects, mean", lambda t: Sums(t.expected_sum, t.expected_squares, t.trials)),
    "estimated_median": (
        "Estimated median, mean, months",
        lambda t: Sums(t.median_sum, t.median_squares, t.medians),
    ),
}
FORMULAS = {"formula_benefit": "Benefit tail, %", "formula_harm": "Harm tail, %", "formula_events": "Events"}
TRUTHS = ("null", "alternative")  # which median is true; its place is the number of its stream of random numbers


@dataclass(frozen=True)
class Setting:
    """Trials of one kind; `key` begins the names of their results and is empty for the registered design."""

    key: str
    label: str
    plan: Plan
    shares: tuple[str, ...] = tuple(SHARES)
    means: tuple[str, ...] = tuple(MEANS)


Job = tuple[Setting, str]  # and the truth
Track = Callable[[Sequence[tuple[Job, Batch]]], Iterable[tuple[Job, Batch]]]


@dataclass(frozen=True)
class Assumed:
    """What the simulation takes of a study's parameters; it does not depend on data or on a cut."""

    design: Design
    km: Km
    schedule: Schedule


def settings(params: Params | Assumed) -> list[Setting]:
    """What is simulated under both medians; nothing where the design has no null or no alternative."""
    design, km = params.design, params.km
    null, alternative = design.null_median, design.alternative_median
    if null is None or alternative is None:
        return []
    plan = Plan(
        n=design.n,
        null_median=null,
        accrual=design.accrual_months,
        follow_up=design.follow_up_months,
        alpha=design.alpha,
        sides=design.sides,
        conf_type=km.conf_type,
        conf_level=km.conf_level,
        dropout=design.dropout,
    )
    interval = params.schedule.scan_interval_days
    found = [
        Setting("", f"{design.n} patients, day of progression known", plan),
        Setting(
            "scans_",
            f"the same patients, progression seen only at scans every {interval} days",
            replace(plan, scan_interval=interval / DAYS_PER_MONTH),
        ),
    ]
    if null < plan.accrual + plan.follow_up:  # otherwise nobody is followed to where the limit is compared
        n = math.ceil(
            median_limit_patients(
                null,
                alternative,
                accrual=plan.accrual,
                follow_up=plan.follow_up,
                power=design.power,
                conf_type=km.conf_type,
                conf_level=km.conf_level,
                dropout=plan.dropout,
            )
        )
        label = f"{n} patients, the number by formula for a rule on the lower limit of the median"
        found.append(Setting("limit_", label, replace(plan, n=n), ("limit_above",), ()))
    return found


def jobs(params: Params | Assumed) -> list[tuple[Job, float, int]]:
    """Each setting under each truth, with the median that is true then and the number of its stream."""
    medians = params.design.null_median, params.design.alternative_median
    return [
        ((setting, truth), median, stream)
        for setting in settings(params)
        for stream, (truth, median) in enumerate(zip(TRUTHS, medians, strict=True))
        if median is not None
    ]


def results(context: Context, track: Track = iter) -> list[Result]:
    """Shares of trials with exact limits, means, and the formulas; `track` goes through the batches of trials.

    Names are design.<setting><truth>_<statistic>, such as design.alternative_benefit, the power, and
    design.scans_null_benefit. None where the design has no null or no alternative, or
    the catalogue leaves the table out.
    """
    design = context.params.design
    if OUTPUT not in context.catalogue:
        return []
    trials, seed = design.simulation_trials, design.simulation_seed
    parts = {
        job: list(batches(job[0].plan, median, trials=trials, seed=seed, stream=stream))
        for job, median, stream in jobs(context.params)
    }
    tallies = dict.fromkeys(parts, Tally())
    for job, batch in track([(job, batch) for job, own in parts.items() for batch in own]):
        tallies[job] += batch.tally()
    made = [_result(context, *row) for row in formulas(context.params)]
    for (setting, truth), tally in tallies.items():
        made += [_result(context, *row) for row in _simulated(setting, truth, tally, seed)]
    return made


Numbers = tuple[str, str, float, str, str]  # name without "design.", label, value, in print, method


def formulas(params: Params | Assumed) -> list[Numbers]:
    """The normal approximation of the registered design under both truths; nothing where none is simulated."""
    found = settings(params)
    return [row for truth in TRUTHS if found for row in _formulas(found[0].plan, truth, params.design)]


def _formulas(plan: Plan, truth: str, design: Design) -> list[Numbers]:
    """The normal approximation with the expected number of events; under the null each tail is alpha / sides."""
    null, alternative = plan.null_median, design.alternative_median
    assert alternative is not None  # or there were no settings
    events = plan.n * event_probability(
        null if truth == "null" else alternative,
        accrual=plan.accrual,
        follow_up=plan.follow_up,
        dropout=plan.dropout,
    )
    tail = plan.alpha / plan.sides
    tails = Tails(tail, tail if plan.sides == 2 else 0.0)
    if truth == "alternative":
        tails = formula_power(events, null, alternative, alpha=plan.alpha, sides=plan.sides)
    values = {"formula_benefit": tails.benefit, "formula_harm": tails.harm, "formula_events": events}
    return [
        (
            f"{truth}_{stat}",
            label,
            values[stat],
            rounded(events, 1) if stat == "formula_events" else rounded(100 * values[stat], 2),
            "exponential times, uniform accrual" if stat == "formula_events" else "log-hazard formula",
        )
        for stat, label in FORMULAS.items()
    ]


def _simulated(setting: Setting, truth: str, tally: Tally, seed: int) -> list[Numbers]:
    """Shares with Clopper-Pearson limits, and means, of one setting under one truth."""
    method = f"simulation of {tally.trials} trials, seed {seed}"
    found: list[Numbers] = []
    for stat in setting.shares:
        label, count = SHARES[stat]
        share = proportion_ci(count(tally), tally.trials)
        for suffix, value in (("", share.value), ("_lower", share.ci_lower), ("_upper", share.ci_upper)):
            name = f"{setting.key}{truth}_{stat}{suffix}"
            found.append((name, label, value, rounded(100 * value, 2), method))
    for stat in setting.means:
        label, sums = MEANS[stat]
        value = sums(tally).mean
        found.append((f"{setting.key}{truth}_{stat}", label, value, rounded(value, 2), method))
    return found


def _result(context: Context, name: str, label: str, value: float, shown: str, method: str) -> Result:
    return Result(
        name=f"design.{name}",
        output=OUTPUT,
        variable="design",
        stat_name=name,
        stat_label=label,
        stat=value,
        stat_fmt=shown,
        population=context.catalogue[OUTPUT].population,
        dataset="ADSL",
        where="FALSE",  # a property of the design: no patient's record is behind it
        method=method,
    )


def table(context: Context, found: list[Result]) -> Table:
    """Table 16.1.9.5 from its results."""
    design, of = context.params.design, rows.by_name(found)

    def both(label: str, stat: str, key: str = "", *, limits: bool = False) -> Row:
        names = [f"design.{key}{truth}_{stat}" for truth in TRUTHS]
        cells = [rows.interval_cell(of, n) if limits else Cell(of[n].stat_fmt, result=n) for n in names]
        return Row.of(label, *cells, indent=1)

    body = [rows.group(f"By formula, {design.n} patients")]
    body += [both(label, stat) for stat, label in FORMULAS.items()]
    for setting in settings(context.params):
        body.append(rows.group(f"By simulation, {setting.label}"))
        body += [both(SHARES[stat][0], stat, setting.key, limits=True) for stat in setting.shares]
        body += [both(MEANS[stat][0], stat, setting.key) for stat in setting.means]
    columns = (
        Column("", 0.44),
        Column(f"Null true:\nmedian {design.null_median:g} months", 0.28, "decimal"),
        Column(f"Alternative true:\nmedian {design.alternative_median:g} months", 0.28, "decimal"),
    )
    datasets = ("params/study.yaml",)
    return context.table(OUTPUT, columns, body, datasets=datasets, methods=_methods(context.params))


def _methods(params: Params) -> list[str]:
    design, km = params.design, params.km
    lost = f", {design.dropout_percent_per_year:g}% a year lost to follow-up" if design.dropout else ""
    return [
        f"Each simulation is of {design.simulation_trials:,} trials (PCG64, seed {design.simulation_seed}, batches of "
        f"{BATCH:,}): exponential times with the true median, entry uniform over {design.accrual_months:g} months, "
        f"analysis {design.follow_up_months:g} months after its end{lost}. In brackets exact 95% limits of the share "
        "(Clopper-Pearson), which measure the error of the simulation alone.",
        f"Registered test: one-sample log-rank test against a median of {design.null_median:g} months, "
        f"{'one' if design.sides == 1 else 'two'}-sided at {design.alpha:g}, O events observed and E expected, "
        "z = (O - E) / sqrt(E); benefit tail: O < E.",
        f"Lower limit of the median: Kaplan-Meier, {km.conf_type}, {100 * km.conf_level:g}%; its power rises with the "
        "number of patients in small steps up and down. Means of the median are of the trials that reached it.",
        "Progression seen only at scans: dated by the first scan after it; patients without one are censored at their "
        "last scan. No scan is missed and nobody dies before progression. The null median remains that of the day of "
        "progression; where it was itself estimated from scans, the shift of the tails is smaller.",
    ]
