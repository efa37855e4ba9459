"""Which steps of a run are made again: decided by the content of all that they depend on, never by times.

A step is `adam`, a notebook, or `report`. The manifest of a build records of each what it depended on and which files
hold what it made. The next run takes a step's files from the build before where it depends on the same and the files
are still those that the manifest lists; otherwise the step is made again, and the run says why.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.audit.compare import flat
from analysis.audit.recorded import Manifest, Step, read_manifest
from analysis.errors import CsrError
from analysis.report.abbreviations import DICTIONARY

Parts = Mapping[str, Mapping[str, str]]
_AT_MOST = 3  # parts that a reason names


def digest(content: object) -> str:
    """SHA-256 of content that JSON can hold, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Before:
    """The build before, whose files may be taken."""

    folder: Path
    manifest: Manifest


def build_before(folder: Path) -> Before | None:
    """The finished build in a folder; None where there is none that this version can read."""
    try:
        return Before(folder, read_manifest(folder))
    except CsrError:
        return None


def parts(code: Mapping[str, str], parameters: Mapping[str, Any], software: Mapping[str, Any]) -> Parts:
    """What every step depends on, in parts that a reason can name: of code, parameters and packages.

    The arguments are those of a manifest. Of the code, chapters and notebooks count for the steps that read them. The
    pin of the lock is no parameter here: the data count by their content.
    """
    everywhere = {name: sha for name, sha in code.items() if name.startswith("analysis/") or name.endswith(DICTIONARY)}
    catalogues = {name: sha for name, sha in code.items() if name.endswith("/outputs.yaml")}
    values = {key: value for key, value in parameters.items() if key != "lock_sha256"}
    return {"code": everywhere, "parameters": flat(values) | catalogues, "packages": flat(software)}


class Steps:
    """The steps of one run into the folder `work`. `now` is what each of them depends on.

    Where there is no build `before` everything is made; `absent` says why not, where somebody might ask.
    """

    def __init__(self, work: Path, now: Parts, before: Before | None, absent: str) -> None:
        self.work, self.now, self.before, self.absent = work, now, before, absent
        self.made: dict[str, Step] = {}

    def needs(self, **others: str) -> dict[str, str]:
        """What a step depends on: what every step does, and others of its own."""
        return {name: digest(values) for name, values in self.now.items()} | others

    def why(self, name: str, needs: Mapping[str, str]) -> str | None:
        """Why a step has to be made again, in words; None where nothing that it depends on has changed."""
        if self.before is None:
            return self.absent
        old = self.before.manifest.steps.get(name)
        if old is None:
            return "the build before has no such step"
        changed = [need for need in {**old.needs, **needs} if old.needs.get(need) != needs.get(need)]
        return "; ".join(self._told(need, old.needs, needs, self.before.manifest) for need in changed) or None

    def _told(self, need: str, old: Mapping[str, str], needs: Mapping[str, str], before: Manifest) -> str:
        if need not in old or need not in needs:
            return f"{need} {'is no longer' if need in old else 'was not'} read"
        if need not in self.now:
            return f"{need} changed"
        was, now = parts(before.code, before.parameters, before.software.model_dump())[need], self.now[need]
        names = [name for name in sorted({**was, **now}) if was.get(name) != now.get(name)]
        more = f" and {len(names) - _AT_MOST} more" if len(names) > _AT_MOST else ""
        return f"{need} changed: {', '.join(names[:_AT_MOST])}{more}"

    def keep(self, name: str, needs: Mapping[str, str]) -> str | None:
        """Take the files of a step from the build before; return why that cannot be, or None where it is done.

        Each file is read once and must be the one that the manifest names; none is written before all are.
        """
        if (reason := self.why(name, needs)) is not None:
            return reason
        assert self.before is not None
        old, listed = self.before.manifest.steps[name], self.before.manifest.outputs
        contents: dict[str, bytes] = {}
        for file in old.files:
            path = self.before.folder / file
            if path.is_symlink() or not path.is_file():
                return f"{file} of the build before is missing"
            contents[file] = path.read_bytes()
            if hashlib.sha256(contents[file]).hexdigest() != listed.get(file):
                return f"{file} of the build before was changed"
        for file, content in contents.items():
            (self.work / file).parent.mkdir(parents=True, exist_ok=True)
            (self.work / file).write_bytes(content)
        self.made[name] = Step(needs=dict(needs), files=old.files)
        return None

    def record(self, name: str, needs: Mapping[str, str], files: Iterable[Path]) -> None:
        """Record a step that was made, and the files of the build that hold it."""
        names = sorted(path.relative_to(self.work).as_posix() for path in files)
        self.made[name] = Step(needs=dict(needs), files=names)
