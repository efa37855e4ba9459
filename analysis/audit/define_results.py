"""Analysis results metadata (ARM 1.0) of define.xml: how the main displays come from the analysis datasets."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from odmlib.arm_1_0 import model as odm

from analysis.audit.define_lists import Parts
from analysis.audit.define_members import Member
from analysis.params import Output
from analysis.results import Result
from analysis.tlf.context import POPULATIONS

# The displays of the registered outcome measures: number -> purpose.
MAIN = {
    "t-14-2-1-1": "PRIMARY OUTCOME MEASURE",
    "f-14-2-1-1": "PRIMARY OUTCOME MEASURE",
    "t-14-2-2-1": "SECONDARY OUTCOME MEASURE",
    "t-14-2-2-2": "SECONDARY OUTCOME MEASURE",
    "t-14-2-4-1": "SECONDARY OUTCOME MEASURE",
    "t-14-3-1-1": "SECONDARY OUTCOME MEASURE",
}
_COMMON = {"PARAMCD", "TRTEMFL", "REGTEMFL", *(flag for _, flag in POPULATIONS.values())}
_TERM = re.compile(r"\"(\w+)\" = (?:'((?:[^']|'')*)'|([0-9.]+))")


@dataclass(frozen=True)
class Analysis:
    """The results of one display that come from the same records: dataset, its selection, variables and methods."""

    dataset: str
    selected: tuple[tuple[str, str], ...]
    variables: tuple[str, ...]
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Display:
    """A display: its id, label and title, its purpose, its program, and its analyses. `document` is a leaf's ID."""

    id: str
    label: str
    title: str
    purpose: str
    program: str
    leaf: str
    analyses: tuple[Analysis, ...]


def of_build(
    results: Iterable[Result],
    catalogue: Mapping[str, Output],
    variables: Mapping[str, Iterable[str]],
    leaves: Mapping[str, str],
) -> list[Display]:
    """The main displays that a build has. `variables` are those of each dataset, `leaves` program -> leaf ID."""
    rows = list(results)
    found = []
    for name, purpose in MAIN.items():
        analyses: dict[tuple[str, tuple[tuple[str, str], ...]], list[Result]] = {}
        for row in rows:
            if row.output == name and row.dataset in variables and row.where:
                analyses.setdefault((row.dataset, selection(row.where)), []).append(row)
        if name not in catalogue or not analyses:
            continue
        output = catalogue[name]
        program = f"notebooks/{output.notebook}.ipynb"
        listed = tuple(
            Analysis(
                dataset,
                chosen,
                tuple(
                    sorted(
                        {c for row in group for c in re.findall(r'"(\w+)"', row.where or "")} & set(variables[dataset])
                    )
                ),
                tuple(sorted({row.method for row in group if row.method})),
            )
            for (dataset, chosen), group in sorted(analyses.items())
        )
        found.append(Display(name, output.label, output.title, purpose, program, leaves[program], listed))
    return found


def selection(where: str) -> tuple[tuple[str, str], ...]:
    """The parameter, the analysis set and the period that a where-clause selects: what one analysis has in common."""
    terms = {name: (text or number).replace("''", "'") for name, text, number in _TERM.findall(where)}
    return tuple((name, value) for name, value in terms.items() if name in _COMMON)


def _text(words: str) -> Any:
    return odm.Description(TranslatedText=[odm.TranslatedText(lang="en", _content=words)])


def displays(found: Sequence[Display], members: Sequence[Member], parts: Parts) -> Any:
    """The AnalysisResultDisplays of define.xml; the selections of records are added to its where-clauses."""
    known = {member.name for member in members}
    shown = []
    for display in found:
        results = []
        for number, analysis in enumerate((a for a in display.analyses if a.dataset in known), 1):
            dataset = odm.AnalysisDataset(ItemGroupOID=f"IG.{analysis.dataset}")
            if analysis.selected:
                dataset.WhereClauseRef = odm.WhereClauseRef(WhereClauseOID=_where(analysis, parts))
            dataset.AnalysisVariable = [
                odm.AnalysisVariable(ItemOID=f"IT.{analysis.dataset}.{name}") for name in analysis.variables
            ]
            which = ", ".join(f"{name} {value}" for name, value in analysis.selected) or "all records"
            result = odm.AnalysisResult(
                OID=f"AR.{display.id}.{number}",
                AnalysisReason="SPECIFIED IN SAP",
                AnalysisPurpose=display.purpose,
                Description=_text(f"{display.title}: {analysis.dataset}, {which}"),
            )
            if ("PARAMCD" in dict(analysis.selected)) and analysis.dataset in known:
                result.ParameterOID = f"IT.{analysis.dataset}.PARAMCD"
            result.AnalysisDatasets = odm.AnalysisDatasets(AnalysisDataset=[dataset])
            result.Documentation = odm.Documentation(Description=_text(f"Methods: {'; '.join(analysis.methods)}."))
            code = odm.ProgrammingCode(Context="Python", DocumentRef=[odm.DocumentRef(leafID=display.leaf)])
            result.ProgrammingCode = code
            results.append(result)
        shown.append(
            odm.ResultDisplay(
                OID=f"RD.{display.id}",
                Name=display.label,
                Description=_text(display.title),
                AnalysisResult=results,
            )
        )
    return odm.AnalysisResultDisplays(ResultDisplay=shown)


def _where(analysis: Analysis, parts: Parts) -> str:
    oid = f"WC.AR.{analysis.dataset}." + ".".join(f"{name}.{value}" for name, value in analysis.selected)
    if all(oid != clause.OID for clause in parts["WhereClauseDef"]):
        checks = [
            odm.RangeCheck(
                Comparator="EQ",
                SoftHard="Soft",
                ItemOID=f"IT.{analysis.dataset}.{name}",
                CheckValue=[odm.CheckValue(_content=value)],
            )
            for name, value in analysis.selected
        ]
        parts["WhereClauseDef"].append(odm.WhereClauseDef(OID=oid, RangeCheck=checks))
    return oid
