"""The RO-Crate of a build: who made which file from what, all links lead somewhere, and no time, host or person in it.

What the profiles demand was checked with the validator of the RO-Crate community (roc-validator 0.13, profile
provenance-run-crate 0.5, requirement level REQUIRED); it needs the network and other versions of our packages, so the
demands that can be broken by a change are here.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from analysis.audit import crate
from analysis.params import Output

FILES = {
    "book/_quarto.yml": b"project: {}\n",
    "csr.pdf": b"pdf",
    "results.json": b"[]",
    "adam/adsl.xpt": b"xpt",
    "notebooks/20_pfs.ipynb": b"{}",
    "tlf/t-14-2-1-1.json": b"{}",
    "tlf/t-14-2-1-10.json": b"[]",
}
CATALOGUE = {name: Output(id=name, title="A title", population="fas", notebook="20_pfs") for name in ("t-14-2-1-1",)}
MANIFEST: dict[str, Any] = {
    "study": "ABC-1",
    "cut": "2025-06-30",
    "cutoff": "2025-06-30",
    "purpose": "primary",
    "lock_sha256": "ab" * 32,
    "lock_date": "2025-07-20",
    "parameters": {
        "study": {"title": "A title", "data_note": "MADE UP", "sponsor": "A hospital", "treatments": [{"name": "a"}]},
        "design": {"null_median": None, "n": 40},
        "cut": "2025-06-30",
    },
    "inputs": {"dm.xpt": "1" * 64, "cut log.csv": "2" * 64},
    "code_version": "cd" * 32,
    "code": {"analysis/a.py": "3" * 64, "notebooks/20_pfs.ipynb": "4" * 64},
    "software": {"python": "CPython 3.11", "machine": "Linux x86_64", "packages": {"numpy": "2.4.6"}},
    "engine": {"name": "pandoc", "version": "3.9"},
    "outputs": {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()},
}  # fmt: skip


@pytest.fixture
def entities(tmp_path: Path) -> dict[str, dict[str, Any]]:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    crate.write_crate(MANIFEST, CATALOGUE, tmp_path)
    written = json.loads((tmp_path / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    assert written["@context"] == [
        "https://w3id.org/ro/crate/1.1/context",
        "https://w3id.org/ro/terms/workflow-run/context",
    ]
    return {entity["@id"]: entity for entity in written["@graph"]}


def linked(value: Any) -> list[str]:
    """The ids that a property refers to."""
    values = value if isinstance(value, list) else [value]
    return [v["@id"] for v in values if isinstance(v, dict)]


def test_it_says_which_profiles_it_follows(entities: dict[str, dict[str, Any]]) -> None:
    assert linked(entities["ro-crate-metadata.json"]["conformsTo"]) == [
        "https://w3id.org/ro/crate/1.1",
        "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
    ]
    assert linked(entities["./"]["conformsTo"]) == [
        "https://w3id.org/ro/wfrun/process/0.5",
        "https://w3id.org/ro/wfrun/workflow/0.5",
        "https://w3id.org/ro/wfrun/provenance/0.5",
        "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
    ]


def test_every_file_is_a_part_with_its_hash_but_the_manifest_that_lists_the_crate(
    entities: dict[str, dict[str, Any]],
) -> None:
    assert set(linked(entities["./"]["hasPart"])) == {*FILES, "manifest.json"}
    for name, content in FILES.items():
        assert "File" in entities[name]["@type"]
        assert entities[name]["sha256"] == hashlib.sha256(content).hexdigest()
    assert "sha256" not in entities["manifest.json"]
    assert entities["adam/adsl.xpt"]["encodingFormat"] == "application/x-sas-xport"


def test_every_link_leads_to_an_entity(entities: dict[str, dict[str, Any]]) -> None:
    allowed = {"https://w3id.org/ro/crate/1.1"}
    for name, entity in entities.items():
        for key, value in entity.items():
            for target in linked(value):
                known = target in entities or target in allowed or target.startswith("https://bioschemas.org/profiles/")
                assert known, (name, key, target)


def test_the_run_is_told_from_the_cut_to_the_report(entities: dict[str, dict[str, Any]]) -> None:
    run = entities["#run"]
    assert linked(run["instrument"]) == ["book/_quarto.yml"] == linked(entities["./"]["mainEntity"])
    assert set(linked(run["object"])) >= {"#cut", "#value/design.n", "#value/study.sponsor"}
    assert set(linked(run["result"])) == {*FILES, "manifest.json"}
    adam, notebook, report = (
        entities[f"#run/{name}"] for name in ("analysis/adam", "notebooks/20_pfs.ipynb", "analysis/report")
    )
    assert (linked(adam["object"]), linked(adam["result"])) == (["#cut"], ["adam/adsl.xpt"])
    assert linked(notebook["object"]) == ["#cut", "adam/adsl.xpt"]
    assert linked(notebook["result"]) == ["notebooks/20_pfs.ipynb", "tlf/t-14-2-1-1.json"]
    assert linked(report["object"]) == ["results.json", "notebooks/20_pfs.ipynb", "tlf/t-14-2-1-1.json"]
    assert linked(report["result"]) == ["book/_quarto.yml", "csr.pdf", "tlf/t-14-2-1-10.json", "manifest.json"]
    assert entities["#code/notebooks/20_pfs.ipynb"]["sha256"] == "4" * 64


def test_inputs_parameters_software_and_agent(entities: dict[str, dict[str, Any]]) -> None:
    assert linked(entities["#cut"]["hasPart"]) == ["#cut/cut%20log.csv", "#cut/dm.xpt", "#cut/lock.json"]
    assert entities["#cut/dm.xpt"]["sha256"] == "1" * 64
    assert entities["#cut/lock.json"]["sha256"] == "ab" * 32
    assert entities["#value/design.n"]["value"] == 40
    assert entities["#input/design.n"]["additionalType"] == "Number"
    assert entities["#value/study.treatments"]["value"] == '[{"name": "a"}]'
    assert "#value/design.null_median" not in entities
    assert linked(entities["#csr"]["softwareRequirements"]) == [
        "#python", "#engine", "https://pypi.org/project/numpy/2.4.6/"
    ]  # fmt: skip
    assert (entities["#python"]["name"], entities["#python"]["softwareVersion"]) == ("CPython", "3.11")
    assert entities["#organisation"]["name"] == "A hospital"


def test_every_action_has_a_tool_and_every_step_its_action(entities: dict[str, dict[str, Any]]) -> None:
    actions = {name: entity for name, entity in entities.items() if "Action" in str(entity["@type"])}
    assert {e["@type"] for e in actions.values()} == {"CreateAction", "ControlAction", "OrganizeAction"}
    assert all(linked(entity["instrument"]) for entity in actions.values())
    controlled = {linked(e["object"])[0] for e in actions.values() if e["@type"] == "ControlAction"}
    assert controlled == {name for name in actions if name.startswith("#run/")}
    assert linked(actions["#organise"]["result"]) == ["#run"]


def test_the_same_run_gives_the_same_bytes_without_a_time(entities: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    first = (tmp_path / crate.NAME).read_bytes()
    (tmp_path / crate.NAME).unlink()
    crate.write_crate(MANIFEST, CATALOGUE, tmp_path)
    assert (tmp_path / crate.NAME).read_bytes() == first
    assert not re.search(rb"\d\d:\d\d:\d\d|uuid", first)
    assert entities["./"]["datePublished"] == "2025-07-20"


def test_a_notebook_of_a_study_outside_the_project_is_named_by_its_own_hash(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    code = {"notebooks/20_pfs.ipynb": "4" * 64, "study/notebooks/20_pfs.ipynb": "5" * 64}
    crate.write_crate({**MANIFEST, "code": code}, CATALOGUE, tmp_path)
    graph = json.loads((tmp_path / crate.NAME).read_text(encoding="utf-8"))["@graph"]
    tools = {entity["@id"]: entity.get("sha256") for entity in graph if entity["@id"].startswith("#code/")}
    assert tools["#code/study/notebooks/20_pfs.ipynb"] == "5" * 64
    assert "#code/notebooks/20_pfs.ipynb" not in tools
