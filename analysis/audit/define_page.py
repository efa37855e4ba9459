"""define.html: define.xml for people, one page without scripts, as browsers no longer apply a stylesheet to XML."""

from collections.abc import Iterable
from typing import Any

from lxml import etree, html
from lxml.html import builder as e

from analysis.audit.define import NAMESPACES
from analysis.tlf.model import clean

_STYLE = """
body { font: 14px/1.45 "Liberation Sans", Arial, sans-serif; margin: 0 auto; max-width: 1500px; color: #1d1d1d }
body { padding: 1em 1.5em 4em }
h1, h2 { color: #1b3a5c; line-height: 1.25 }
h2 { margin-top: 2.2em; border-bottom: 1px solid #bbb }
table { border-collapse: collapse; width: 100%; margin: .6em 0 1.6em }
caption { text-align: left; font-weight: bold; padding: .3em 0 }
th, td { border-bottom: 1px solid #ccc; padding: .3em .6em .3em 0; text-align: left; vertical-align: top }
td { overflow-wrap: break-word }
th { border-bottom: 2px solid #1b3a5c }
a { color: #1a4480 }
.wide { overflow-x: auto }
.note { border: 1px solid #1d1d1d; padding: .4em .7em; display: inline-block }
nav a { display: inline-block; margin-right: 1em }
@media print { body { font-size: 9px; max-width: none } tr { break-inside: avoid } }
"""
_DEF, _XLINK = (f"{{{NAMESPACES[name]}}}" for name in ("def", "xlink"))


class _Page:
    """The elements of one define.xml, found by name and by OID."""

    def __init__(self, content: bytes) -> None:
        self.root = etree.fromstring(content)
        self.by_id = {
            node.get("OID") or node.get("ID"): node for node in self.root.iter() if node.get("OID") or node.get("ID")
        }

    def find(self, node: Any, path: str) -> list[Any]:
        return list(node.findall(path, NAMESPACES))

    def text(self, node: Any, path: str = "odm:Description") -> str:
        return " ".join(t.text or "" for t in self.find(node, f"{path}/odm:TranslatedText"))

    def leaf(self, name: str | None) -> Any:
        node = self.by_id.get(name)
        return "" if node is None else e.A(self.find(node, "def:title")[0].text, href=node.get(f"{_XLINK}href"))


def page(content: bytes, *, note: str) -> bytes:
    """The page of a define.xml; `note` says what kind of data these are."""
    found = _Page(content)
    [version] = found.find(found.root, "odm:Study/odm:MetaDataVersion")
    parts = [
        *_datasets(found, version),
        *_results(found, version),
        *(part for group in found.find(version, "odm:ItemGroupDef") for part in _variables(found, group)),
        *_lists(found, version),
        *_texts(found, version, "Methods", "odm:MethodDef"),
        *_texts(found, version, "Comments", "def:CommentDef"),
    ]
    name = version.get("Name")
    heads = [(part.get("id"), part.text) for part in parts if part.tag == "h2"]
    body = e.BODY(
        e.H1(name),
        e.P(e.CLASS("note"), note),
        e.P(f"{version.get('Description')} This page shows define.xml (Define-XML 2.1), which lies beside it."),
        _standards(found, version),
        e.E.nav(*(e.A(text, href=f"#{anchor}") for anchor, text in heads)),
        *parts,
    )
    for node in body.iter():  # define.xml has the values as they are; here nothing hides or reorders what is read
        node.text, node.tail = clean(node.text or ""), clean(node.tail or "")
    head = e.HEAD(e.META(charset="utf-8"), e.META(name="viewport", content="width=device-width"), e.TITLE(name))
    head.append(e.STYLE(_STYLE))
    made = html.tostring(e.HTML(head, body, lang="en"), doctype="<!DOCTYPE html>", encoding="utf-8")
    return bytes(made) + b"\n"


def _table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[Any]], classes: str = "") -> Any:
    """A table; a cell is text, an element, or several of them."""
    body = []
    for row in rows:
        cells = [e.TD(*(cell if isinstance(cell, list) else [cell])) for cell in row]
        body.append(e.TR(*cells))
    table = e.TABLE(e.CAPTION(caption), e.THEAD(e.TR(*map(e.TH, heads))), e.TBODY(*body))
    return e.DIV(e.CLASS(f"wide {classes}".strip()), table)


def _anchored(head: str, anchor: str) -> Any:
    return e.H2(head, id=anchor)


def _standards(found: _Page, version: Any) -> Any:
    rows = [
        (node.get("Name"), node.get("Type"), node.get("Version")) for node in found.find(version, ".//def:Standard")
    ]
    return _table("Standards", ("Standard", "Type", "Version"), rows)


def _datasets(found: _Page, version: Any) -> list[Any]:
    rows = []
    for group in found.find(version, "odm:ItemGroupDef"):
        refs = sorted(
            (ref for ref in found.find(group, "odm:ItemRef") if ref.get("KeySequence")),
            key=lambda ref: int(ref.get("KeySequence")),
        )
        rows.append(
            (
                e.A(group.get("Name"), href=f"#{group.get('OID')}"),
                found.text(group),
                [
                    found.find(group, "def:Class")[0].get("Name"),
                    *(f" ({n.get('Name')})" for n in group.iter(f"{_DEF}SubClass")),
                ],
                group.get(f"{_DEF}Structure"),
                group.get("Purpose"),
                ", ".join(found.by_id[ref.get("ItemOID")].get("Name") for ref in refs),
                found.leaf(group.get(f"{_DEF}ArchiveLocationID")),
            )
        )
    heads = ("Dataset", "Description", "Class", "Structure", "Purpose", "Keys", "File")
    documents = [found.leaf(ref.get("leafID")) for ref in found.find(version, "def:SupplementalDoc/def:DocumentRef")]
    beside = e.P("Documents: ", *documents) if documents else e.P()
    return [_anchored("Datasets", "datasets"), beside, _table("Datasets", heads, rows)]


def _variables(found: _Page, group: Any) -> list[Any]:
    rows = []
    for ref in found.find(group, "odm:ItemRef"):
        rows.append(_row(found, ref, found.by_id[ref.get("ItemOID")]))
        for listed in found.find(found.by_id[ref.get("ItemOID")], "def:ValueListRef"):
            for value in found.find(found.by_id[listed.get("ValueListOID")], "odm:ItemRef"):
                rows.append(_row(found, value, found.by_id[value.get("ItemOID")]))
    heads = ("Variable", "Where", "Label", "Type", "Length", "Format", "Key", "Codes", "Origin", "Method or comment")
    caption = f"{group.get('Name')}: {found.text(group)}"
    return [_anchored(group.get("Name"), group.get("OID")), _table(caption, heads, rows)]


def _row(found: _Page, ref: Any, item: Any) -> list[Any]:
    clauses = [found.by_id[c.get("WhereClauseOID")] for c in found.find(ref, "def:WhereClauseRef")]
    codes = [e.A("codes", href=f"#{c.get('CodeListOID')}") for c in found.find(item, "odm:CodeListRef")]
    method = ref.get("MethodOID")
    comment = item.get(f"{_DEF}CommentOID")
    said: list[Any] = [e.A("method", href=f"#{method}"), ": ", found.text(found.by_id[method])] if method else []
    said += [e.A("comment", href=f"#{comment}")] if comment else []
    origins = [
        f"{o.get('Type')} {o.get('Source') or ''} {found.text(o)}".strip() for o in found.find(item, "def:Origin")
    ]
    digits = item.get("SignificantDigits")
    return [
        "" if clauses else item.get("Name"),
        [_condition(found, clause) for clause in clauses],
        found.text(item),
        item.get("DataType"),
        (item.get("Length") or "") + (f", {digits} decimals" if digits else ""),
        item.get(f"{_DEF}DisplayFormat") or "",
        ref.get("KeySequence") or "",
        codes,
        "; ".join(origins),
        said,
    ]


def _condition(found: _Page, clause: Any) -> str:
    checks = []
    for check in found.find(clause, "odm:RangeCheck"):
        name = found.by_id[check.get(f"{_DEF}ItemOID")].get("Name")
        values = ", ".join(v.text or "" for v in found.find(check, "odm:CheckValue"))
        checks.append(f"{name} {check.get('Comparator')} {values}")
    return " and ".join(checks)


def _results(found: _Page, version: Any) -> list[Any]:
    rows = []
    for display in found.find(version, ".//arm:ResultDisplay"):
        for result in found.find(display, "arm:AnalysisResult"):
            for dataset in found.find(result, ".//arm:AnalysisDataset"):
                names = [found.by_id[v.get("ItemOID")].get("Name") for v in found.find(dataset, "arm:AnalysisVariable")]
                where = [found.by_id[c.get("WhereClauseOID")] for c in found.find(dataset, "def:WhereClauseRef")]
                code = [
                    found.leaf(ref.get("leafID")) for ref in found.find(result, "arm:ProgrammingCode/def:DocumentRef")
                ]
                rows.append(
                    (
                        f"{display.get('Name')}: {found.text(display)}",
                        result.get("AnalysisPurpose").capitalize(),
                        f"{found.by_id[dataset.get('ItemGroupOID')].get('Name')}: {', '.join(names)}",
                        [_condition(found, clause) for clause in where],
                        found.text(result, "arm:Documentation/odm:Description"),
                        code,
                    )
                )
    if not rows:
        return []
    heads = ("Display", "Purpose", "Dataset and variables", "Where", "Method", "Program")
    return [_anchored("Analysis results", "results"), _table("Analyses of the main displays", heads, rows)]


def _lists(found: _Page, version: Any) -> list[Any]:
    parts = [_anchored("Code lists", "codes")]
    for listed in found.find(version, "odm:CodeList"):
        rows = []
        for item in (*found.find(listed, "odm:CodeListItem"), *found.find(listed, "odm:EnumeratedItem")):
            nci = ", ".join(alias.get("Name") for alias in found.find(item, "odm:Alias"))
            rows.append((item.get("CodedValue"), found.text(item, "odm:Decode"), nci))
        nci = "".join(f" ({alias.get('Name')})" for alias in found.find(listed, "odm:Alias"))
        table = _table(f"{listed.get('Name')}{nci}", ("Value", "Meaning", "NCI code"), rows)
        table.set("id", listed.get("OID"))
        parts.append(table)
    return parts


def _texts(found: _Page, version: Any, head: str, path: str) -> list[Any]:
    rows = []
    for node in found.find(version, path):
        program = [found.leaf(ref.get("leafID")) for ref in found.find(node, "def:DocumentRef")]
        rows.append((e.SPAN(node.get("OID"), id=node.get("OID")), found.text(node), program))
    heads = ("Name", "Text", "Program")
    return [_anchored(head, head.lower()), _table(head, heads, rows)] if rows else []
