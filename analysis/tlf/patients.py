"""The flow of patients, analysis sets with the reasons for exclusion, and important protocol deviations."""

from analysis.adam.populations import POPULATIONS as RULES
from analysis.results import Result, where
from analysis.tlf import disposition, rows
from analysis.tlf.context import POPULATIONS, Context
from analysis.tlf.disposition import drug_key, sentence
from analysis.tlf.flow_figure import Box, Flow, flow_alt, flow_data, flow_figure
from analysis.tlf.model import Cell, Column, Figure, Row, Table
from analysis.tlf.style import drawings
from analysis.tlf.summaries import Summary

FLOW = "f-14-1-1-1"
SETS = "t-14-1-2-1"
DEVIATIONS = "t-14-1-3-1"


def set_results(context: Context) -> list[Result]:
    """Patients in each analysis set and out of it, by reason; shares are of the enrolled."""
    if SETS not in context.catalogue:
        return []
    summary = Summary.of(context, SETS)
    reasons = {rule.flag: rule.reason for rule in RULES}
    found = []
    for name, (label, flag) in POPULATIONS.items():
        if flag not in reasons:
            continue
        about = {"group1": "analysis set", "group1_level": label}
        reason, out = reasons[flag], {flag: "N"}
        found += summary.patients("Included", {flag: "Y"}, name=f"set.{name}", **about)
        found += summary.patients("Excluded", out, name=f"set.{name}_excluded", **about)
        labels = {v: ": ".join(sentence(part) for part in v.split(": ")) for v in summary.values(reason, out)}
        for part, (value, label) in zip(rows.name_parts(labels.values()), labels.items(), strict=True):
            about_reason = {**about, "variable": reason, "variable_level": label}
            found += summary.patients(label, {**out, reason: value}, name=f"excluded.{name}.{part}", **about_reason)
    return found


def set_table(context: Context, found: list[Result]) -> Table:
    """Table 14.1.2.1 from its results."""
    body: list[Row] = []
    for label in dict.fromkeys(result.group1_level for result in found):
        body.append(rows.group(label or ""))
        own = [result for result in found if result.group1_level == label]
        body += [
            Row.of(pair[0].stat_label, rows.share_text(pair), indent=1 if pair[0].variable_level is None else 2)
            for pair in zip(own[::2], own[1::2], strict=True)
        ]
    columns = (Column("", 0.66), Column(f"{context.arm(SETS)}\nn (%)", 0.34, "decimal"))
    order = dict.fromkeys(text for rule in RULES for text, _ in rule.excludes)
    methods = [
        "A patient who was excluded is shown under the first reason that applied, in this order: "
        f"{'; '.join(order).lower()}. Percentages are of the enrolled patients."
    ]
    return context.table(SETS, columns, body, datasets=("ADSL",), methods=methods)


def deviation_results(context: Context) -> list[Result]:
    """Important deviations: patients and records, in all, those that exclude from the per-protocol set, by category."""
    if DEVIATIONS not in context.catalogue:
        return []
    summary = Summary.of(context, DEVIATIONS, "ADDV", {"IMPDVFL": "Y"})
    found = []
    for label, only, name in (
        ("Any important deviation", {}, "deviations.any"),
        ("Excludes from the per-protocol set", {"PPDVFL": "Y"}, "deviations.per_protocol"),
    ):
        found += summary.patients(label, only, name=name)
        found.append(summary.events(label, only, name=f"{name}_events"))
    categories = summary.values("DVDECOD")
    for part, category in zip(rows.name_parts(categories), categories, strict=True):
        label = sentence(category) if category else "Category not recorded"
        only, about = {"DVDECOD": category}, {"variable": "DVDECOD", "variable_level": label}
        name = f"deviation.{part}"
        found += summary.patients(label, only, name=name, **about)
        found.append(summary.events(label, only, name=f"{name}_events", **about))
    return found


def deviation_table(context: Context, found: list[Result]) -> Table:
    """Table 14.1.3.1 from its results."""
    triples = list(zip(found[::3], found[1::3], found[2::3], strict=True))
    body = [_deviation_row(*triple, indent=0) for triple in triples if triple[0].variable_level is None]
    categories = [_deviation_row(*triple, indent=1) for triple in triples if triple[0].variable_level is not None]
    if categories:
        body += [rows.group("Category"), *categories]
    columns = (
        Column("", 0.5),
        Column(f"{context.arm(DEVIATIONS)}\nPatients, n (%)", 0.3, "decimal"),
        Column("Deviations", 0.2, "decimal"),
    )
    methods = [
        "Importance and category are those of the records of deviations (DV). A patient counts once for each category; "
        "percentages are of the patients of the set."
    ]
    return context.table(DEVIATIONS, columns, body, datasets=("ADDV", "ADSL"), methods=methods)


def _deviation_row(patients: Result, share: Result, records: Result, *, indent: int) -> Row:
    cells = (rows.share_text((patients, share)), Cell(records.stat_fmt, result=records.name))
    return Row.of(patients.stat_label, *cells, indent=indent)


def flow_results(context: Context) -> list[Result]:
    """What only the figure says: the treated patients who never took one of the drugs."""
    if FLOW not in context.catalogue:
        return []
    return [
        context.counted(
            FLOW,
            "ADSL",
            where({"ENRLFL": "Y", "SAFFL": "Y", f"EOTSTT{place}": "NOT TREATED"}),
            name=f"flow.never_taken_{drug_key(treatment)}",
            label=f"Treated, but never with {treatment.name}",
        )
        for place, treatment in enumerate(context.params.study.treatments, start=1)
    ]


def flow_of(context: Context, disposed: list[Result], sets: list[Result], own: list[Result]) -> Flow:
    """The boxes of figure 14.1.1.1: results of tables 14.1.1.1 and (where there are any) 14.1.2.1, and its own."""
    of = rows.by_name([*disposed, *own])
    elsewhere = context.catalogue[disposition.OUTPUT].label

    def size(label: str, name: str) -> str:
        return f"{label} (n = {of[name].stat_fmt})"

    def reasons(name: str) -> tuple[str, ...]:
        return tuple(f"{r.stat_label} ({r.stat_fmt})" for r in disposed if r.group1_level == name)

    def left(label: str, name: str) -> Box:
        return Box(size(label, name), reasons=reasons(name), elsewhere=elsewhere)

    branches = []
    for treatment in context.params.study.treatments:
        drug = drug_key(treatment)
        lines = [size("On treatment", f"n.ongoing_{drug}")]
        if f"n.completed_{drug}" in of:
            lines.append(size("Completed", f"n.completed_{drug}"))
        if of[f"flow.never_taken_{drug}"].stat:
            lines.append(size("Never taken", f"flow.never_taken_{drug}"))
        stopped = f"n.arm_stopped_{drug}"
        branches.append(
            Box(treatment.name.capitalize(), (*lines, size("Stopped", stopped)), reasons(stopped), elsewhere)
        )
    return Flow(
        stem=(
            (Box(size("Screened", "n.consented")), left("Screen failures", "n.screen_failed")),
            (Box(size("Enrolled", "n.enrolled")), left("Never treated", "n.not_treated")),
            (Box(size("Treated", "n.treated")), None),
        ),
        branches=tuple(branches),
        end=_analysed(context, of, sets),
    )


def _analysed(context: Context, of: rows.Named, sets: list[Result]) -> Box:
    """The analysis sets with their sizes, and who was excluded from them."""
    names = {name: label for name, (label, _) in POPULATIONS.items() if name not in ("screened", "enrolled")}
    sizes = ", ".join(f"{label} (n = {of[f'n.{name}'].stat_fmt})" for name, label in names.items())
    reasons = []
    for label in names.values():
        excluded = [r for r in sets if r.group1_level == label and r.stat_name == "n" and r.variable_level is not None]
        if excluded:
            why = "; ".join(f"{r.stat_label} ({r.stat_fmt})" for r in excluded)
            reasons.append(f"Not in the {label[0].lower()}{label[1:]}: {why}")
    elsewhere = context.catalogue[SETS].label if sets else ""
    return Box("Analysed", (sizes,), tuple(reasons), elsewhere)


def figure(context: Context, own: list[Result]) -> Figure:
    """Figure 14.1.1.1; `own` are its flow_results."""
    flow = flow_of(context, disposition.results(context), set_results(context), own)
    return context.figure(
        FLOW, drawings(flow_figure(flow)), alt=flow_alt(flow), data=flow_data(flow), datasets=("ADSL",)
    )
