"""params/signers.yaml: whose signatures are known, by printed name and public key."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from analysis.params_base import Model
from analysis.params_yaml import load_alone


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("expected text without control characters")
    return text


Printable = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_printable)]

# The DER of a SubjectPublicKeyInfo of Ed25519 (RFC 8410: 12 fixed bytes, then 32 of the key) in canonical base64,
# as the middle line of what `openssl pkey -pubout` prints. One key has one spelling.
PublicKey = Annotated[
    str, StringConstraints(pattern=r"^MCowBQYDK2VwAyEA[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$", max_length=60)
]


class Signer(Model):
    """A person and a public key of theirs; a person who has several is listed several times."""

    name: Printable = Field(description="Printed name, as it stands beside the signature")
    public_key: PublicKey = Field(description="The middle line of: openssl pkey -in key.pem -pubout")


class Signers(Model):
    signers: list[Signer]

    @model_validator(mode="after")
    def keys_are_unique(self) -> Self:
        keys = [signer.public_key for signer in self.signers]
        if len(set(keys)) < len(keys):
            raise ValueError("signers names a public key more than once")
        return self


def load_signers(params_dir: Path | str = "params") -> dict[str, str]:
    """Load signers.yaml as public key -> printed name; without the file nobody is known."""
    path = Path(params_dir) / "signers.yaml"
    return {s.public_key: s.name for s in load_alone(Signers, path).signers} if path.exists() else {}
