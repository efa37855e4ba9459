"""Code lists and value-level metadata of define.xml, from the values of the data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from odmlib.arm_1_0 import model as odm

from analysis.audit import define_tables
from analysis.audit.define_members import Member, Variable, number_kind, xml_text

# What a value means depends on another variable of its record: variable -> the other.
_BY_PARAMETER = {"AVAL": "PARAMCD", "AVALC": "PARAMCD", "QVAL": "QNAM"}
_RESULTS = ("ORRES", "STRESC", "STRESN")
MOST_VALUES = 300


Parts = dict[str, list[Any]]
"""The elements of a MetaDataVersion by their name, in the order in which it has them."""


def new_parts() -> Parts:
    names = ("ValueListDef", "WhereClauseDef", "ItemGroupDef", "ItemDef", "CodeList", "MethodDef", "CommentDef", "leaf")
    return {name: [] for name in names}


def code(value: Any) -> str:
    """A value as define.xml writes it."""
    return f"{value:g}" if isinstance(value, float) else xml_text(str(value))


def _word(words: str) -> Any:
    return odm.TranslatedText(lang="en", _content=words)


@dataclass
class Lists:
    """Adds lists to the parts of a document. `terminology` is the OID of CDISC's terms, if their version is known."""

    parts: Parts
    terminology: str | None
    _names: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def attach(self, item: Any, member: Member, variable: Variable) -> None:
        """Give an item the code list of the values that the data have, where it is a coded variable."""
        if not define_tables.CODED.fullmatch(variable.name) or variable.type not in ("text", "integer", "float"):
            return
        if variable.format:
            return
        oid = self._code_list(member.frame, member.name, variable.name, variable.type)
        if oid:
            item.CodeListRef = odm.CodeListRef(CodeListOID=oid)

    def _code_list(self, frame: pl.DataFrame, dataset: str, name: str, kind: str, suffix: str = "") -> str | None:
        """The OID of the list of a variable's values; None where there are none, or too many."""
        values = sorted(frame[name].drop_nulls().unique().to_list())
        if not values or len(values) > define_tables.MOST_CODES:
            return None
        codes = [code(value) for value in values]
        decodes = _decodes(frame, name, values)
        known = define_tables.terminology(name, codes) if kind == "text" else None
        same = (known[1] if known else (name, suffix), tuple(codes), tuple(decodes or ()), kind)
        if same in self._names:
            return self._names[same]
        oid = f"CL.{known[1]}.{len(self._names)}" if known else f"CL.{dataset}.{name}{suffix}"
        found = odm.CodeList(OID=oid, Name=known[0] if known else f"{dataset}.{name}{suffix}", DataType=kind)
        if known and self.terminology:
            found.StandardOID = self.terminology
        else:
            found.IsNonStandard = "Yes"
        for number, one in enumerate(codes, 1):
            alias = [odm.Alias(Context="nci:ExtCodeID", Name=known[2][one])] if known else []
            if decodes:
                entry = odm.CodeListItem(
                    CodedValue=one,
                    OrderNumber=number,
                    Decode=odm.Decode(TranslatedText=[_word(decodes[number - 1])]),
                    Alias=alias,
                )
                found.CodeListItem.append(entry)
            else:
                found.EnumeratedItem.append(odm.EnumeratedItem(CodedValue=one, OrderNumber=number, Alias=alias))
        if known:
            found.Alias.append(odm.Alias(Context="nci:ExtCodeID", Name=known[1]))
        self.parts["CodeList"].append(found)
        self._names[same] = oid
        return oid

    def values(
        self,
        item: Any,
        member: Member,
        variable: Variable,
        rules: Mapping[tuple[str, str], str],
        method: Callable[[str], str],
    ) -> None:
        """Give an item the metadata of its values for each parameter, test or qualifier of the data."""
        by = _BY_PARAMETER.get(variable.name)
        if variable.name.removeprefix(member.name) in _RESULTS:
            by = f"{member.name}TESTCD"
        if by is None or by not in member.frame.columns:
            return
        groups = sorted(member.frame.filter(pl.col(variable.name).is_not_null())[by].drop_nulls().unique())
        if not 1 < len(groups) <= MOST_VALUES:
            return
        stem = f"{member.name}.{variable.name}"
        refs = []
        for number, group in enumerate(groups, 1):
            frame = member.frame.filter(pl.col(by) == group)
            oid = f"{stem}.{code(group)}"
            where = f"WC.{member.name}.{by}.{code(group)}"
            self._where(where, f"IT.{member.name}.{by}", code(group))
            ref = odm.ItemRef(ItemOID=f"IT.{oid}", OrderNumber=number, Mandatory="No")
            ref.WhereClauseRef.append(odm.WhereClauseRef(WhereClauseOID=where))
            if words := rules.get((variable.name, group)):
                ref.MethodOID = method(words)
            refs.append(ref)
            self.parts["ItemDef"].append(self._value_item(oid, item, member, variable, frame, group, by))
        self.parts["ValueListDef"].append(odm.ValueListDef(OID=f"VL.{stem}", ItemRef=refs))
        item.ValueListRef = odm.ValueListRef(ValueListOID=f"VL.{stem}")

    def _where(self, oid: str, item: str, value: str) -> None:
        if all(oid != found.OID for found in self.parts["WhereClauseDef"]):
            check = odm.RangeCheck(
                Comparator="EQ", SoftHard="Soft", ItemOID=item, CheckValue=[odm.CheckValue(_content=value)]
            )
            self.parts["WhereClauseDef"].append(odm.WhereClauseDef(OID=oid, RangeCheck=[check]))

    def _value_item(
        self, oid: str, item: Any, member: Member, variable: Variable, frame: pl.DataFrame, group: str, by: str
    ) -> Any:
        values = frame[variable.name].drop_nulls()
        if values.dtype == pl.String:
            shape: dict[str, Any] = {"DataType": "text", "Length": max(1, max(values.str.len_bytes()))}
        else:
            kind, digits = number_kind(values)
            shape = {"DataType": kind, "Length": variable.length} | ({"SignificantDigits": digits} if digits else {})
        found = odm.ItemDef(OID=f"IT.{oid}", Name=f"{variable.name}.{code(group)}", **shape)
        label = next(iter(_decodes(frame, by, [group]) or [code(group)]))
        found.Description = odm.Description(TranslatedText=[_word(label)])
        found.Origin = list(item.Origin)
        if item.CommentOID:
            found.CommentOID = item.CommentOID
        if variable.name == "AVALC" and values.n_unique() <= 20 < 2 * len(values):
            listed = self._code_list(frame, member.name, variable.name, "text", f".{code(group)}")
            if listed:
                found.CodeListRef = odm.CodeListRef(CodeListOID=listed)
        return found


def _decodes(frame: pl.DataFrame, name: str, values: list[Any]) -> list[str] | None:
    """What each of the values means, by the variable that says so; None where a value has none or several meanings."""
    test = f"{name[:-2]}" if name.endswith("TESTCD") else define_tables.DECODES.get(name, "")
    if test not in frame.columns:
        return None
    pairs = frame.select(name, test).drop_nulls().unique()
    if pairs[name].n_unique() < len(pairs):
        return None
    meanings = dict(pairs.iter_rows())
    return [code(meanings[value]) for value in values] if set(values) <= meanings.keys() else None
