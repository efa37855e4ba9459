"""Derivations in words for define.xml and the reviewer's guides: the texts of the program that makes the datasets.

A variable's method are the sentences of its dataset's module, and of the modules that it uses, that name it; where none
does, the text of the dataset. The rules that decide a value are those tables of rules by which it is derived.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from analysis import adam
from analysis.adam import adrs, ae_rules, response_rules
from analysis.adam.pfs_rules import PARAMCD, PFS_RULES, choices
from analysis.adam.populations import POPULATIONS
from analysis.audit import define_methods
from analysis.params import Params

_FOLDER = Path(adam.__file__).parent
_SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-Z\"])|\n\s*\n|\n\s*- ")
_WRITTEN_FOR_PROGRAMMERS = re.compile(r"\bqueries\b|Raises|\bargument|\bsorted\b|->|\bdataframe", re.IGNORECASE)


@cache
def _module(name: str) -> ast.Module:
    return ast.parse((_FOLDER / f"{name}.py").read_text(encoding="utf-8"))


def module_of(dataset: str) -> str:
    """The program that derives an analysis dataset, relative to the project."""
    return f"analysis/adam/{dataset.lower()}.py"


def _imported(name: str) -> list[str]:
    """The modules of analysis.adam that a module imports from."""
    found = []
    for node in ast.walk(_module(name)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("analysis.adam"):
            parts = node.module.split(".")
            found += [parts[2]] if len(parts) > 2 else [alias.name for alias in node.names]
    return sorted({other for other in found if (_FOLDER / f"{other}.py").is_file()})


@cache
def used(name: str) -> tuple[str, ...]:
    """A module of analysis.adam and all that it needs, but what other datasets are made by."""
    seen, left = {name}, [name]
    while left:
        for other in _imported(left.pop()):
            if other not in seen and not (_FOLDER / f"{other}.py").stem.startswith("ad"):
                seen.add(other)
                left.append(other)
    return (name, *sorted(seen - {name}))


def _docs(name: str, *, only_derive: bool = False) -> Iterator[str]:
    tree = _module(name)
    nodes: Iterable[ast.AST] = [tree, *(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))]
    for node in nodes:
        if only_derive and isinstance(node, ast.FunctionDef) and node.name != f"derive_{name}":
            continue
        if isinstance(node, ast.Module | ast.FunctionDef) and (text := ast.get_docstring(node)):
            yield text


def _sentences(text: str) -> list[str]:
    parts = (" ".join(part.replace("`", "").split()) for part in _SENTENCE.split(text))
    return [part for part in parts if part and not _WRITTEN_FOR_PROGRAMMERS.search(part)]


def described(dataset: str) -> str:
    """What a dataset holds and how its records come about."""
    name = dataset.lower()
    if not (_FOLDER / f"{name}.py").is_file():
        return ""
    texts = [doc.removeprefix(f"{dataset}: ") for doc in _docs(name, only_derive=True)]
    sentences = (sentence.rstrip(".;:") for text in texts for sentence in _sentences(text))
    return " ".join(f"{text[:1].upper()}{text[1:]}." for text in sentences)


def structure(dataset: str) -> str:
    """What one record of an analysis dataset is."""
    name = dataset.lower()
    docs = [doc.split("\n")[0] for doc in _docs(name, only_derive=True)] if (_FOLDER / f"{name}.py").is_file() else []
    lines = [line.removeprefix(f"{dataset}: ").rstrip(".") for line in docs]
    found = next((line for line in lines if line.lower().startswith(("one record", "one row"))), next(iter(lines), ""))
    found = found.replace("One row", "One record").replace("one row", "one record")
    return found[:1].upper() + found[1:] or "Structure to be completed by the sponsor"


def method(dataset: str, variable: str) -> str:
    """How a variable is derived: in the words of define_methods, of its program, or of its dataset."""
    population = next((p for p in POPULATIONS if variable in (p.flag, p.reason)), None)
    if population is not None:
        reasons = ", ".join(text for text, _ in population.excludes)
        return f'{population.flag} is "N" where one of these applies; {population.reason} has the first: {reasons}.'
    line = define_methods.stated(dataset, variable)
    if line is not None:
        return line
    name = dataset.lower()
    own, *others = used(name) if (_FOLDER / f"{name}.py").is_file() else ("",)
    docs = [*(_docs(own) if own else ()), *(doc for other in others for doc in _docs(other, only_derive=True))]
    word = re.compile(rf"(?<![A-Z0-9.]){_as_written(variable)}(?![A-Z0-9])")
    found = dict.fromkeys(s for doc in docs for s in _sentences(doc) if word.search(s))
    return " ".join(f"{text.rstrip('.;:')}." for text in found) or described(dataset)


def _as_written(variable: str) -> str:
    """The numbered variables of a grouping go by one name in the texts: AOCC01FL is AOCCnnFL."""
    return re.sub(r"(?<=^AOCC|^AFST)\d\d(?=FL$)", "nn", variable)


def rules(dataset: str, params: Params) -> dict[tuple[str, str], str]:
    """The rules that decide values: (variable, PARAMCD or "") -> the rules in the order in which they are tried."""
    if dataset == "ADRS":
        return {("AVALC", code): _rules(found, params) for code, (_, found) in adrs.parameters(params).items()}
    if dataset == "ADAE":
        return {
            ("TRTEMFL", ""): _rules(ae_rules.EMERGENT, params),
            ("REGTEMFL", ""): _rules(ae_rules.REGISTERED, params),
        }
    if dataset == "ADTTE":
        sets = {"PFS": params.pfs.rule_set} | {PARAMCD[name]: name for name in params.pfs.other_sets}
        return {("AVAL", code): _pfs(name) for code, name in sets.items()}
    return {}


def _rules(found: Iterable[ae_rules.Rule | response_rules.Rule], params: Params) -> str:
    return "The first rule that applies decides. " + " ".join(
        f"{number}. {rule.value or 'missing'} ({rule.name}): {rule.says(params).rstrip('.')}."
        for number, rule in enumerate(found, 1)
    )


def _pfs(name: str) -> str:
    chosen = choices(name)
    return f"By the rule set {name}. " + " ".join(
        f"{rule.situation}: {rule.text[chosen[rule.name]].rstrip('.')}." for rule in PFS_RULES
    )


def sdtm_read(dataset: str, names: Iterable[str]) -> list[str]:
    """Which of these SDTM datasets the program of an analysis dataset names."""
    name = dataset.lower()
    modules = used(name) if (_FOLDER / f"{name}.py").is_file() else ()
    constants = {n.value for m in modules for n in ast.walk(_module(m)) if isinstance(n, ast.Constant)}
    return sorted(name for name in names if name in constants)


def adam_read(dataset: str) -> list[str]:
    """The analysis datasets from which another is made: those that its derivation is given."""
    tree = ast.parse((_FOLDER / "__init__.py").read_text(encoding="utf-8"))
    found: set[str] = set()
    for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call)):
        called = {n.id for n in ast.walk(call) if isinstance(n, ast.Name)}
        if (
            getattr(call.func, "id", "") in (f"derive_{dataset.lower()}", "add_depth")
            and f"derive_{dataset.lower()}" in called
        ):
            found |= {name.upper() for name in called if re.fullmatch(r"ad[a-z]+", name) and name != dataset.lower()}
    return sorted(found)
