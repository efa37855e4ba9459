"""sbom.cdx.json: CycloneDX, of exactly what the lock says, and the same bytes each time."""

import importlib.metadata
import importlib.util
import json
from email.message import Message
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

PROJECT = Path(__file__).parents[1]
LOCK = f"""\
first==1.0 \\
    --hash=sha256:{"a" * 64} \\
    --hash=sha256:{"b" * 64}
second-one==2.0rc1 ; python_full_version < '3.12' \\
    --hash=sha256:{"c" * 64}
"""


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sbom", PROJECT / "tools/sbom.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sbom = load_tool()


def committed() -> dict[str, Any]:
    return dict(json.loads((PROJECT / "sbom.cdx.json").read_text(encoding="utf-8")))


def without_licences(tree: dict[str, Any]) -> dict[str, Any]:
    """They are the installed packages': a package for another version of Python has none."""
    components = [{k: v for k, v in c.items() if k != "licenses"} for c in tree["components"]]
    return tree | {"components": components}


def test_a_lock_is_names_versions_and_hashes() -> None:
    assert sbom.locked(LOCK) == {("first", "1.0"): ["a" * 64, "b" * 64], ("second-one", "2.0rc1"): ["c" * 64]}


def test_a_bill_has_each_package_of_its_lock_and_nothing_that_differs_from_day_to_day() -> None:
    tree = json.loads(sbom.bill(LOCK))
    assert [(c["name"], c["version"], c["purl"]) for c in tree["components"]] == [
        ("first", "1.0", "pkg:pypi/first@1.0"),
        ("second-one", "2.0rc1", "pkg:pypi/second-one@2.0rc1"),
    ]
    assert tree["components"][1]["hashes"] == [{"alg": "SHA-256", "content": "c" * 64}]
    assert tree["dependencies"][0]["dependsOn"] == ["pkg:pypi/first@1.0", "pkg:pypi/second-one@2.0rc1"]
    assert "timestamp" not in tree["metadata"]
    assert sbom.bill(LOCK) == sbom.bill(LOCK)
    other = json.loads(sbom.bill(LOCK.replace("1.0", "1.1")))
    assert other["serialNumber"] != tree["serialNumber"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("License-Expression", "MIT"), ("License", "other")], "MIT"),
        ([("License", "Apache-2.0")], "Apache-2.0"),
        (
            [("License", "UNKNOWN"), ("Classifier", "License :: OSI Approved :: ISC License (ISCL)")],
            "ISC License (ISCL)",
        ),
        ([("License", "All\n the text"), ("Classifier", "License :: OSI Approved :: MIT License")], "MIT License"),
        ([("Classifier", "Topic :: Text")], None),
    ],
)
def test_a_licence_is_what_the_package_says_in_one_line(fields: list[tuple[str, str]], expected: str | None) -> None:
    metadata = Message()
    for name, value in fields:
        metadata[name] = value
    assert sbom.licence(metadata) == expected


def test_the_committed_bill_fits_the_schema_of_cyclonedx() -> None:
    text = (PROJECT / "sbom.cdx.json").read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text.replace('"name"', '"nome"')) is not None


def test_the_committed_bill_is_what_the_lock_says() -> None:
    """Where this fails: make sbom."""
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    pinned = {tuple(line.split()[0].split("==")) for line in lock.splitlines() if line[:1].strip()}
    found = committed()
    assert {(c["name"], c["version"]) for c in found["components"]} == pinned
    assert sum(len(c["hashes"]) for c in found["components"]) == lock.count("--hash=sha256:")
    assert without_licences(found) == without_licences(json.loads(sbom.bill(lock)))


def test_the_committed_bill_has_the_licences_that_installed_packages_state() -> None:
    for component in committed()["components"]:
        try:
            distribution = importlib.metadata.distribution(component["name"])
        except importlib.metadata.PackageNotFoundError:
            continue
        said = distribution.metadata
        if "License-Expression" in said and distribution.version == component["version"]:
            [stated] = component["licenses"]
            shown = stated.get("expression") or stated["license"]["id"]
            assert shown == said["License-Expression"], component["name"]
