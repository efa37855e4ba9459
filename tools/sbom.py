"""Write sbom.cdx.json, the CycloneDX bill of materials of requirements.lock: the same bytes from the same lock.

It names no time and no random serial number: the serial is derived from the lock's bytes. Licences are what the
installed packages say of themselves, so `make sbom` runs where all of the lock is installed; a package of the lock for
another platform or version of Python has none.
"""

import importlib.metadata
import json
import re
import sys
import uuid
import warnings
from email.message import Message
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

LOCK, SBOM = "requirements.lock", "sbom.cdx.json"
_PACKAGE = re.compile(r"([A-Za-z0-9][\w.-]*)==([^\s;\\]+)[^\n\\]*\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def locked(text: str) -> dict[tuple[str, str], list[str]]:
    """The packages of a lock file: (name, version) -> SHA-256 of each file that may be installed for it."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in text.splitlines():
        if package := _PACKAGE.match(line):
            hashes = found.setdefault((package[1], package[2]), [])
        elif digest := _HASH.search(line):
            hashes.append(digest[1])
    return found


def licence(metadata: Message) -> str | None:
    """What a package says its licence is: the SPDX expression, else a name of one line, else its classifier's."""
    named = (metadata.get("License") or "").strip()
    if "\n" in named or len(named) > 60 or named == "UNKNOWN":  # the whole text of a licence
        named = ""
    classified = [c.rpartition(" :: ")[2] for c in metadata.get_all("Classifier", []) if c.startswith("License ::")]
    return metadata.get("License-Expression") or named or " or ".join(sorted(classified)) or None


def _installed(name: str, version: str) -> str | None:
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    return licence(distribution.metadata) if distribution.version == version else None  # type: ignore[arg-type]


def bill(text: str) -> str:
    """The bill of materials of a lock file's text, as JSON of CycloneDX 1.6."""
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, text))
    bom.metadata.timestamp = None  # type: ignore[assignment] # the schema wants none, and a time would differ each time
    bom.metadata.component = Component(type=ComponentType.APPLICATION, name="csr-pipeline", bom_ref="csr-pipeline")
    for (name, version), hashes in locked(text).items():
        purl = PackageURL("pypi", name=name, version=version)
        said = _installed(name, version)
        bom.components.add(
            Component(
                name=name,
                version=version,
                purl=purl,
                bom_ref=purl.to_string(),
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in hashes],
                licenses=[LicenseFactory().make_from_string(said)] if said else [],
            )
        )
    bom.register_dependency(bom.metadata.component, bom.components)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that packages' own dependencies are not said: a lock is flat
        tree = json.loads(JsonV1Dot6(bom).output_as_string())
    return json.dumps(tree, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    project = Path(__file__).resolve().parents[1]
    (project / SBOM).write_text(bill((project / LOCK).read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{SBOM}: written", file=sys.stderr)
