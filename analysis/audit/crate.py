"""ro-crate-metadata.json: the provenance of a build as an RO-Crate (Workflow Run Crate, with each step of the run).

It says, in the terms of https://www.researchobject.org/workflow-run-crate: what was run (the analysis, each notebook,
the report), on which data and parameters, with which software, and which files came out, with their SHA-256. What is
not in the build (data and code) is named by its path and, where it is one file, its SHA-256. It is made from the
manifest and holds no time, host or person: run.log.json has when and where, the audit log who signed.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rocrate.rocrate import ROCrate

from analysis.params import Output

NAME = "ro-crate-metadata.json"
_RO_CRATE = "1.1"
_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_MAIN = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
    _MAIN: ("Workflow RO-Crate", "1.0"),
}
_BIOSCHEMAS = "https://bioschemas.org/profiles/{}/1.0-RELEASE"
# The workflow's own file in a build: the project of chapters into which the notebooks' outputs go.
_WORKFLOW = "book/_quarto.yml"
_RESULTS = {
    "report": ("csr.pdf", "The clinical study report"),
    "results": ("results.json", "Every number of the report"),
    "manifest": ("manifest.json", "SHA-256 of every input and output"),
}
# A table of our own: the standard library's takes what the machine's mime.types adds.
_TYPES = {
    ".bib": "application/x-bibtex",
    ".csl": "application/vnd.citationstyles.style+xml",
    ".css": "text/css",
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".js": "text/javascript",
    ".json": "application/json",
    ".lua": "text/x-lua",
    ".md": "text/markdown",
    ".ndjson": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".qmd": "text/markdown",
    ".rtf": "application/rtf",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".typ": "text/x-typst",
    ".xpt": "application/x-sas-xport",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
_NO_LICENCE = (
    "No licence of the data and the report is recorded: the rights in them are their owners'. "
    "The code is licensed under Apache-2.0."
)

Entity = dict[str, Any]


def write_crate(manifest: Mapping[str, Any], catalogue: Mapping[str, Output], build: Path) -> None:
    """Write the RO-Crate of a finished build: `manifest` lists its files, `catalogue` says which notebook made them."""
    crate = ROCrate(version=_RO_CRATE)
    crate.metadata.extra_contexts.append(_TERMS)
    files = sorted(manifest["outputs"])
    steps = _steps(manifest, catalogue, files)
    crate.metadata["conformsTo"] = _ref(crate.metadata.profile, _MAIN)
    for key, value in _root(manifest, files, steps).items():
        crate.root_dataset[key] = value
    for entity in (
        *_context(manifest),
        *_inputs(manifest),
        *_parameters(manifest["parameters"]),
        *_files(manifest),
        *_workflow(manifest, steps),
        *_actions(manifest, files, steps),
    ):
        crate.add_jsonld(entity)
    metadata = crate.metadata.generate()
    metadata["@graph"].sort(key=lambda entity: entity["@id"])
    text = json.dumps(metadata, indent=1, ensure_ascii=False, sort_keys=True)
    (build / NAME).write_text(text + "\n", encoding="utf-8")


def _ref(*names: str) -> Any:
    """References to entities; to one as it is, which RO-Crate prefers to a list of one."""
    found = [{"@id": name} for name in names]
    return found[0] if len(found) == 1 else found


class _Step:
    """One step of a run: its tool (code of the project), what it reads and what it leaves in the build."""

    def __init__(self, name: str, tool: str, reads: Iterable[str], makes: Iterable[str], sha256: str | None = None):
        self.name, self.tool, self.sha256 = name, f"#code/{tool}", sha256
        self.reads, self.makes = tuple(reads), tuple(makes)

    def id(self, kind: str) -> str:
        return f"#{kind}/{self.tool.removeprefix('#code/')}"


def _steps(manifest: Mapping[str, Any], catalogue: Mapping[str, Output], files: list[str]) -> list[_Step]:
    """What a run does: the analysis datasets, each notebook in order, the report."""
    adam = [name for name in files if name.startswith("adam/")]
    notebooks = [name for name in files if name.startswith("notebooks/")]
    displays = {name: [f for f in files if f.startswith(f"tlf/{name}.")] for name in catalogue}
    steps = [_Step("Derivation of the analysis datasets", "analysis/adam", ["#cut"], adam)]
    for name in notebooks:
        shown = [f for o, made in displays.items() if f"notebooks/{catalogue[o].notebook}.ipynb" == name for f in made]
        source = next(source for source in (f"study/{name}", name) if source in manifest["code"])
        steps.append(
            _Step(f"Notebook {name}", source, ["#cut", *adam], [name, *shown], sha256=manifest["code"][source])
        )
    made = {f for step in steps for f in step.makes}
    report = [f for f in files if f not in made and f != "results.json" and f != "results.parquet"]
    shown = sorted(f for f in made if f.startswith("tlf/") and f.endswith(".json"))
    steps.append(_Step("Report", "analysis/report", ["results.json", *notebooks, *shown], [*report, "manifest.json"]))
    return steps


def _root(manifest: Mapping[str, Any], files: list[str], steps: list[_Step]) -> Entity:
    study = manifest["parameters"]["study"]
    return {
        "name": f"Clinical study report {manifest['study']}, cut {manifest['cut']}",
        "description": f"{study['title']}. {study['data_note']}. Data cut-off {manifest['cutoff']}, "
        f"{manifest['purpose']} analysis. Times and host of the run are in run.log.json, which is no part of it.",
        "datePublished": manifest["lock_date"],
        "license": {"@id": "#licence"},
        "author": {"@id": "#organisation"},
        "publisher": {"@id": "#organisation"},
        "conformsTo": _ref(*PROFILES),
        "mainEntity": {"@id": _WORKFLOW},
        "hasPart": _ref(*files, "manifest.json"),
        "mentions": _ref("#cut", "#run", *(step.id("run") for step in steps), "#organise"),
    }


def _context(manifest: Mapping[str, Any]) -> Iterator[Entity]:
    """Profiles, licence, organisation and software."""
    for profile, (name, version) in PROFILES.items():
        yield {"@id": profile, "@type": "CreativeWork", "name": name, "version": version}
    yield {"@id": "#licence", "@type": "CreativeWork", "name": "No licence recorded", "description": _NO_LICENCE}
    yield {
        "@id": "#organisation",
        "@type": "Organization",
        "name": manifest["parameters"]["study"]["sponsor"],
        "description": "The study's sponsor as its parameters name it. The person who ran it is not recorded; "
        "signers of the build are in the audit log.",
    }
    software, engine = manifest["software"], manifest["engine"]
    packages = {
        f"https://pypi.org/project/{name}/{version}/": (name, version) for name, version in software["packages"].items()
    }
    yield {
        "@id": "#csr",
        "@type": "SoftwareApplication",
        "name": "csr",
        "description": "Runs the analysis and the notebooks and renders the report. Its version is the SHA-256 over "
        "the files of code, texts, parameters and locks that manifest.json lists.",
        "softwareVersion": manifest["code_version"],
        "softwareRequirements": _ref("#python", "#engine", *packages),
    }
    yield {"@id": "#python", "@type": ["SoftwareApplication", "ComputerLanguage"], **_named(software["python"])}
    yield {
        "@id": "#engine",
        "@type": "SoftwareApplication",
        "name": engine["name"],
        "softwareVersion": engine["version"],
    }
    for url, (name, version) in packages.items():
        yield {"@id": url, "@type": "SoftwareApplication", "name": name, "softwareVersion": version, "url": url}


def _named(python: str) -> dict[str, str]:
    """Name and version of "CPython 3.11"."""
    name, _, version = python.rpartition(" ")
    return {"name": name, "softwareVersion": version}


def _inputs(manifest: Mapping[str, Any]) -> Iterator[Entity]:
    """The locked cut: a collection of files that are not in the build, by name and SHA-256."""
    hashes = {**manifest["inputs"], "lock.json": manifest["lock_sha256"]}
    yield {
        "@id": "#cut",
        "@type": "Collection",
        "name": f"Locked data cut {manifest['cut']}",
        "description": f"SDTM datasets at the data cut-off {manifest['cutoff']}, locked on {manifest['lock_date']}",
        "hasPart": _ref(*(f"#cut/{quote(name)}" for name in sorted(hashes))),
        "mainEntity": {"@id": "#cut/lock.json"},
        "exampleOfWork": {"@id": "#input/data"},
    }
    for name, digest in sorted(hashes.items()):
        yield {"@id": f"#cut/{quote(name)}", "@type": "CreativeWork", "name": name, **_format(name), "sha256": digest}


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The parameters with their dotted keys; a list is one value; what has no value is left out."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        elif value is not None:
            yield prefix + key, json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _kind(value: Any) -> str:
    return "Boolean" if isinstance(value, bool) else "Text" if isinstance(value, str) else "Number"


def _parameters(parameters: Mapping[str, Any]) -> Iterator[Entity]:
    """The inputs and outputs of the workflow, and the values that they had in this run."""
    yield _slot("#input/data", "data", "Collection", "#cut", "The locked data cut")
    for name, (file, what) in _RESULTS.items():
        yield _slot(f"#output/{name}", name, "File", file, what)
    for key, value in _leaves(parameters):
        yield _slot(f"#input/{key}", key, _kind(value), f"#value/{key}", "A key of the study's parameters")
        yield {
            "@id": f"#value/{key}",
            "@type": "PropertyValue",
            "name": key,
            "value": value,
            **_example(f"#input/{key}"),
        }


def _slot(slot: str, name: str, kind: str, example: str, what: str) -> Entity:
    return {
        "@id": slot,
        "@type": "FormalParameter",
        "name": name,
        "description": what,
        "additionalType": kind,
        "conformsTo": _ref(_BIOSCHEMAS.format("FormalParameter")),
        "workExample": {"@id": example},
    }


def _example(slot: str) -> Entity:
    return {"exampleOfWork": {"@id": slot}}


def _format(name: str) -> dict[str, str]:
    kind = _TYPES.get(Path(name).suffix)
    return {"encodingFormat": kind} if kind else {}


def _files(manifest: Mapping[str, Any]) -> Iterator[Entity]:
    """The files of the build but the workflow's own; manifest.json, which lists this crate, has no hash here."""
    slots = {file: _example(f"#output/{name}") for name, (file, _) in _RESULTS.items()}
    for name, digest in {**manifest["outputs"], "manifest.json": None}.items():
        if name != _WORKFLOW:
            hashed = {"sha256": digest} if digest else {}
            yield {"@id": name, "@type": "File", "name": name, **_format(name), **hashed, **slots.get(name, {})}


def _workflow(manifest: Mapping[str, Any], steps: list[_Step]) -> Iterator[Entity]:
    """The workflow, its steps and their tools."""
    keys = [key for key, _ in _leaves(manifest["parameters"])]
    yield {
        "@id": _WORKFLOW,
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
        "name": "csr run",
        "description": "From the locked data cut to the report: analysis datasets, notebooks, and this project of "
        "chapters that embed the notebooks' outputs",
        "conformsTo": _ref(_BIOSCHEMAS.format("ComputationalWorkflow")),
        "version": manifest["code_version"],
        "programmingLanguage": {"@id": "#python"},
        **_format(_WORKFLOW),
        "sha256": manifest["outputs"][_WORKFLOW],
        "input": _ref("#input/data", *(f"#input/{key}" for key in keys)),
        "output": _ref(*(f"#output/{name}" for name in _RESULTS)),
        "hasPart": _ref(*(step.tool for step in steps)),
        "step": _ref(*(step.id("step") for step in steps)),
    }
    for position, step in enumerate(steps, 1):
        yield {
            "@id": step.id("step"),
            "@type": "HowToStep",
            "name": step.name,
            "position": str(position),
            "workExample": {"@id": step.tool},
        }
        yield {
            "@id": step.tool,
            "@type": "SoftwareSourceCode",
            "name": step.tool.removeprefix("#code/"),
            "version": manifest["code_version"],
            "programmingLanguage": {"@id": "#python"},
            "license": "https://spdx.org/licenses/Apache-2.0",
            **({"sha256": step.sha256} if step.sha256 else {}),
        }


def _actions(manifest: Mapping[str, Any], files: list[str], steps: list[_Step]) -> Iterator[Entity]:
    """The run, the run of each step, and what organised them."""
    values = [f"#value/{key}" for key, _ in _leaves(manifest["parameters"])]
    done = {"actionStatus": "http://schema.org/CompletedActionStatus", "agent": {"@id": "#organisation"}}
    yield {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"csr run {manifest['cut']}",
        "description": "The run that made this build",
        "instrument": {"@id": _WORKFLOW},
        "object": _ref("#cut", *values),
        "result": _ref(*files, "manifest.json"),
        **done,
    }
    for step in steps:
        yield {
            "@id": step.id("run"),
            "@type": "CreateAction",
            "name": step.name,
            "description": f"What {step.tool.removeprefix('#code/')} did in the run",
            "instrument": {"@id": step.tool},
            "object": _ref(*step.reads),
            "result": _ref(*step.makes),
            **done,
        }
        yield {
            "@id": step.id("control"),
            "@type": "ControlAction",
            "name": f"Start of: {step.name}",
            "instrument": {"@id": step.id("step")},
            "object": {"@id": step.id("run")},
        }
    yield {
        "@id": "#organise",
        "@type": "OrganizeAction",
        "name": "Run of the steps",
        "instrument": {"@id": "#csr"},
        "object": _ref(*(step.id("control") for step in steps)),
        "result": {"@id": "#run"},
        **done,
    }
