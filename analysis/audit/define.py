"""define.xml: Define-XML 2.1 of the SDTM or the analysis datasets of a submission, made from their transport files.

Names, labels, types, lengths and code lists are those of the files. Derivations are told in the words of the programs
(define_texts), origins of SDTM variables are those of their names (define_tables) and marked as to be confirmed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from lxml import etree
from odmlib import ns_registry
from odmlib.arm_1_0 import model as odm

from analysis.audit import define_lists, define_results, define_tables, define_texts
from analysis.audit.define_lists import Parts
from analysis.audit.define_members import Member, Variable
from analysis.params import Params
from analysis.params_submission import Submission

TO_COMPLETE = "To be completed by the sponsor"
NAMESPACES = {
    "odm": "http://www.cdisc.org/ns/odm/v1.3",
    "def": "http://www.cdisc.org/ns/def/v2.1",
    "xlink": "http://www.w3.org/1999/xlink",
    "arm": "http://www.cdisc.org/ns/arm/v1.0",
}
_ASSIGNED = re.compile(r"PARAM|PARAMCD|PARCAT\d|AVALU")
_UNCONFIRMED = "COM.ORIGIN"
_TERMS = "COM.DICTIONARY"
_COMMENTS = {
    _UNCONFIRMED: "The origin is the usual one of an SDTM variable of this name; the data came without a define.xml "
    f"and without an annotated case report form. {TO_COMPLETE}: confirm it.",
    _TERMS: "Terms: {dictionary}.",
}
_DICTIONARY = re.compile(r"AE(DECOD|BODSYS|SOC)")


@dataclass(frozen=True)
class About:
    """What define.xml says of the study, the run and the documents beside it."""

    params: Params
    submission: Submission
    date: str
    """Day of the lock, YYYY-MM-DD."""
    code_version: str
    documents: Mapping[str, str]
    """File beside define.xml -> title: the reviewer's guide, the programs."""
    programs: Mapping[str, str] = field(default_factory=dict)
    """Program of the project -> file, relative to define.xml."""


def text(words: str) -> Any:
    return odm.Description(TranslatedText=[odm.TranslatedText(lang="en", _content=words)])


def sdtm(members: Sequence[Member], about: About) -> bytes:
    """define.xml of the SDTM datasets."""
    return _document("SDTM", members, {}, about, None)


def adam(
    members: Sequence[Member], sources: Sequence[Member], results: Sequence[define_results.Display], about: About
) -> bytes:
    """define.xml of the analysis datasets, made from the SDTM `sources`, with the analyses of the main displays."""
    return _document("ADaM", members, {member.name: member for member in (*members, *sources)}, about, results)


def _document(
    kind: str,
    members: Sequence[Member],
    sources: Mapping[str, Member],
    about: About,
    results: Sequence[define_results.Display] | None,
) -> bytes:
    ns_registry.NamespaceRegistry(prefix="odm", uri=NAMESPACES["odm"], is_default=True, is_reset=True)
    for prefix in ("def", "xlink", *(("arm",) if results else ())):
        ns_registry.NamespaceRegistry(prefix=prefix, uri=NAMESPACES[prefix])
    study = about.params.study
    standards = _standards(kind, about.submission)
    parts = define_lists.new_parts()
    _fill(kind, members, sources, about, parts, standards[0].OID)
    parts["leaf"] += [_leaf(f"LF.{file}", file, title) for file, title in about.documents.items()]
    named = {ref.leafID for made in parts["MethodDef"] for ref in made.DocumentRef}
    named |= {display.leaf for display in results or ()}
    leaves = {program: file for program, file in sorted(about.programs.items()) if leaf_id(program) in named}
    parts["leaf"] += [_leaf(f"LF.{program}", file, program) for program, file in leaves.items()]
    shown = {"AnalysisResultDisplays": define_results.displays(results, members, parts)} if results else {}
    version = odm.MetaDataVersion(
        OID=f"MDV.{kind.upper()}",
        Name=f"{study.id}, {kind} datasets of the cut {about.params.cut}",
        Description=f"Data definitions of the {kind} datasets. {study.data_note}.",
        DefineVersion="2.1.0",
        Standards=odm.Standards(Standard=standards),
        SupplementalDoc=odm.SupplementalDoc(
            DocumentRef=[odm.DocumentRef(leafID=f"LF.{file}") for file in about.documents]
        ),
        **parts,
        **shown,
    )
    document = odm.ODM(
        FileType="Snapshot",
        FileOID=f"DEFINE.{kind.upper()}.{study.id}.{about.params.cut}",
        CreationDateTime=f"{about.date}T00:00:00",
        ODMVersion="1.3.2",
        Originator=study.sponsor,
        SourceSystem="csr",
        SourceSystemVersion=about.code_version[:12],
        Context="Submission",
        Study=odm.Study(
            OID=f"ST.{study.id}",
            GlobalVariables=odm.GlobalVariables(
                StudyName=odm.StudyName(_content=study.id),
                StudyDescription=odm.StudyDescription(_content=study.title),
                ProtocolName=odm.ProtocolName(_content=study.id),
            ),
            MetaDataVersion=version,
        ),
    )
    tree = etree.fromstring(document.to_xml_string().encode())
    etree.indent(tree)
    return bytes(etree.tostring(tree, xml_declaration=True, encoding="UTF-8")) + b"\n"


def _standards(kind: str, submission: Submission) -> list[Any]:
    """The standards, that of the datasets first."""
    name, number = ("SDTMIG", submission.sdtmig) if kind == "SDTM" else ("ADaMIG", submission.adamig)
    found = [odm.Standard(OID=f"STD.{name}", Name=name, Type="IG", Version=number or TO_COMPLETE, Status="Final")]
    if submission.sdtm_ct:
        found.append(
            odm.Standard(
                OID="STD.CT",
                Name="CDISC/NCI",
                Type="CT",
                PublishingSet="SDTM",
                Version=submission.sdtm_ct,
                Status="Final",
            )
        )
    return found


def _fill(
    kind: str, members: Sequence[Member], sources: Mapping[str, Member], about: About, parts: Parts, standard: str
) -> None:
    """Describe every dataset and variable, with the lists, methods and comments that they refer to."""
    lists = define_lists.Lists(parts, terminology="STD.CT" if about.submission.sdtm_ct else None)
    used: set[str] = set()
    for member in members:
        rules = define_texts.rules(member.name, about.params)
        keys = define_tables.keys(member, adam=kind == "ADaM")
        refs = []
        for number, variable in enumerate(member.variables, 1):
            oid = f"IT.{member.name}.{variable.name}"
            add_method = partial(_method, parts, member.name, variable.name, about)
            origin, comment = _origin(kind, member, variable, sources)
            comment = _TERMS if _DICTIONARY.fullmatch(variable.name) else comment
            ref = {"ItemOID": oid, "OrderNumber": number, "Mandatory": "Yes" if variable.name in keys else "No"}
            if variable.name in keys:
                ref["KeySequence"] = keys.index(variable.name) + 1
            if origin.Type == "Derived" and kind == "ADaM":
                words = rules.get((variable.name, "")) or define_texts.method(member.name, variable.name)
                ref["MethodOID"] = add_method(words)
            refs.append(odm.ItemRef(**ref))
            item = odm.ItemDef(OID=oid, Name=variable.name, **shape(variable), SASFieldName=variable.name)
            item.Description = text(variable.label or variable.name)
            item.Origin.append(origin)
            if comment:
                item.CommentOID = comment
                used.add(comment)
            lists.attach(item, member, variable)
            lists.values(item, member, variable, rules, add_method)
            parts["ItemDef"].append(item)
        parts["ItemGroupDef"].append(_group(kind, member, refs, standard))
    for oid in sorted(used):
        words = _COMMENTS[oid].format(dictionary=about.params.adverse_events.dictionary)
        parts["CommentDef"].append(odm.CommentDef(OID=oid, Description=text(words)))


def shape(variable: Variable) -> dict[str, Any]:
    """Data type, length and format. Dates in ISO 8601 have no length."""
    found: dict[str, Any] = {"DataType": variable.type}
    if variable.type in ("text", "integer", "float"):
        found["Length"] = variable.length
    if variable.digits:
        found["SignificantDigits"] = variable.digits
    if variable.format:
        found["DisplayFormat"] = f"{variable.format.rstrip('.')}."
    return found


def _group(kind: str, member: Member, refs: list[Any], standard: str) -> Any:
    if kind == "SDTM":
        class_, structure = define_tables.sdtm_class(member)
        subclass = None
    else:
        class_, subclass = define_tables.adam_class(member)
        structure = define_texts.structure(member.name)
    more = {"Domain": member.name} if kind == "SDTM" else {}
    found = odm.ItemGroupDef(
        OID=f"IG.{member.name}",
        Name=member.name,
        Repeating="No" if structure == "One record per subject" or member.name == "ADSL" else "Yes",
        IsReferenceData="No" if "USUBJID" in member.frame.columns else "Yes",
        SASDatasetName=member.name,
        Purpose="Tabulation" if kind == "SDTM" else "Analysis",
        Structure=structure,
        ArchiveLocationID=f"LF.{member.name}",
        StandardOID=standard,
        **more,
    )
    found.Description = text(member.label or member.name)
    found.ItemRef = refs
    found.Class = odm.Class(Name=class_, SubClass=[odm.SubClass(Name=subclass)] if subclass else [])
    found.leaf = _leaf(f"LF.{member.name}", member.file, member.file)
    return found


def _leaf(name: str, file: str, title: str) -> Any:
    return odm.leaf(ID=_id(name), href=file, title=odm.title(_content=title))


def leaf_id(program: str) -> str:
    """The ID of the leaf of a program."""
    return _id(f"LF.{program}")


def _id(name: str) -> str:
    """A name as an XML ID."""
    return re.sub(r"[^\w.-]", "_", name)


def _method(parts: Parts, dataset: str, variable: str, about: About, words: str) -> str:
    """The OID of the method of these words, added where it is new; methods of the same words in a dataset are one."""
    for found in parts["MethodDef"]:
        if found.OID.startswith(f"MT.{dataset}.") and found.Description.TranslatedText[0]._content == words:
            return str(found.OID)
    count = sum(found.OID.startswith(f"MT.{dataset}.{variable}") for found in parts["MethodDef"])
    oid = f"MT.{dataset}.{variable}" + (f".{count + 1}" if count else "")
    method = odm.MethodDef(
        OID=oid, Name=f"Derivation of {dataset}.{variable}", Type="Computation", Description=text(words)
    )
    program = define_texts.module_of(dataset)
    if program in about.programs:
        method.DocumentRef.append(odm.DocumentRef(leafID=leaf_id(program)))
    parts["MethodDef"].append(method)
    return oid


def _origin(kind: str, member: Member, variable: Variable, sources: Mapping[str, Member]) -> tuple[Any, str | None]:
    """The origin of a variable, and the comment on it."""
    if kind == "SDTM":
        type_, source = define_tables.sdtm_origin(member.name, variable.name)
        return odm.Origin(Type=type_, Source=source), _UNCONFIRMED
    copied = _copied_from(member, variable, sources)
    if copied:
        return odm.Origin(Type="Predecessor", Description=text(f"{copied}.{variable.name}")), None
    return odm.Origin(Type="Assigned" if _ASSIGNED.fullmatch(variable.name) else "Derived", Source="Sponsor"), None


def _copied_from(member: Member, variable: Variable, sources: Mapping[str, Member]) -> str | None:
    """The dataset whose variable of this name has, patient by patient, every value that this one has."""
    candidates = ("DM",) if member.name == "ADSL" else ("ADSL", variable.name[:2], member.name[2:], "DM", "TI")
    for name in candidates:
        source = sources.get(name)
        if source is None or member.name == name or variable.name not in source.frame.columns:
            continue
        by = [c for c in ("USUBJID",) if c in source.frame.columns and c != variable.name]
        here, there = (m.frame.select(*by, variable.name).unique() for m in (member, source))
        if here.schema == there.schema and here.join(there, on=here.columns, how="anti", nulls_equal=True).is_empty():
            return name
    return None
