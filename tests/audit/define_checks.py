"""What every define.xml has to be: valid, without loose ends, and what the transport files beside it are."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import odmlib
import pyreadstat
from lxml import etree
from odmlib import arm_loader, loader
from odmlib.oid_generator import create_oid_checker

from analysis.audit import define
from analysis.audit.define_members import Member

NS = define.NAMESPACES
SCHEMAS = Path(odmlib.__file__).parent / "schemas"


def valid(content: bytes) -> Any:
    """The root of a document that fits the schema (with ARM) and in which every reference leads somewhere."""
    root = etree.fromstring(content)
    schema = etree.XMLSchema(etree.parse(str(SCHEMAS / "arm/1.0-define2.1/arm1-0-0.xsd")))
    assert schema.validate(root), schema.error_log
    read = loader.ODMLoader(arm_loader.XMLArmLoader())
    read.load_odm_string(content.decode())
    checker = create_oid_checker("arm_1_0")
    assert read.root().verify_oids(checker)
    unused = {oid for oid in checker.check_unreferenced_oids() if not oid.startswith(("RD.", "AR.", "STD."))}
    assert not unused
    return root


def agrees(root: Any, found: Sequence[Member]) -> None:
    """Every dataset and variable of the files is described, nothing else, with the labels and lengths in the files."""
    groups = {g.get("Name"): g for g in root.iterfind(".//odm:ItemGroupDef", NS)}
    items = {i.get("OID"): i for i in root.iterfind(".//odm:ItemDef", NS)}
    assert set(groups) == {member.name for member in found}
    for member in found:
        described = [items[ref.get("ItemOID")] for ref in groups[member.name].iterfind("odm:ItemRef", NS)]
        path = Path(member.file)
        assert groups[member.name].find("def:leaf", NS).get(f"{{{NS['xlink']}}}href") == str(path)
        meta = read_meta(member)
        assert [item.get("Name") for item in described] == meta.column_names
        for item in described:
            name = item.get("Name")
            label = item.find("odm:Description/odm:TranslatedText", NS).text
            assert label == (meta.column_names_to_labels[name] or name)
            assert item.get("Length") in (str(meta.variable_storage_width[name]), None)
            text = meta.readstat_variable_types[name] == "string"
            kinds = ("text", "date", "datetime", "partialDate", "incompleteDatetime") if text else ("integer", "float")
            assert item.get("DataType") in kinds, (member.name, name)


def read_meta(member: Member) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / member.file
        path.write_bytes(member.content)
        return pyreadstat.read_xport(path, metadataonly=True)[1]
