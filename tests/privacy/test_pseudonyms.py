"""The key of a public build and its pseudonyms, by openssl."""

from pathlib import Path

import pytest

from analysis.errors import CsrError, ParamsError
from analysis.paths import Study
from analysis.privacy import pseudonyms as p
from tests.conftest import PROJECT

KEY = b"k" * 40
STUDY = Study(PROJECT, PROJECT / "params")


def test_pseudonyms_are_the_first_digits_of_hmac_sha256() -> None:
    """printf 'NCT05075512\\0NCT05075512-01-001' | openssl dgst -sha256 -hmac kkk... (40 of them)"""
    found = p.pseudonyms(["NCT05075512-01-002", "NCT05075512-01-001"], "NCT05075512", KEY)
    assert found == {"NCT05075512-01-001": "P-5C674FDB", "NCT05075512-01-002": "P-C2E089FB"}


def test_a_patient_keeps_the_pseudonym_whoever_else_is_there_and_has_another_with_another_key() -> None:
    alone = p.pseudonyms(["A-1"], "S", KEY)
    assert p.pseudonyms([f"A-{i}" for i in range(50)], "S", KEY)["A-1"] == alone["A-1"]
    assert p.pseudonyms(["A-1"], "S", b"j" * 40)["A-1"] != alone["A-1"]
    assert p.pseudonyms(["A-1"], "T", KEY)["A-1"] != alone["A-1"]


def test_two_patients_with_one_pseudonym_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(p, "_DIGITS", 1)
    with pytest.raises(CsrError, match="two patients get the same pseudonym; take another key"):
        p.pseudonyms([f"A-{i}" for i in range(17)], "S", KEY)


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read: No such file"), (b"x" * 31, "a key of 31 bytes")]
)
def test_keys_that_are_none(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(ParamsError, match=message) as error:
        p.read_key(tmp_path / "key", STUDY)
    assert str(tmp_path / "key") in str(error.value)


def test_a_key_in_the_project_or_the_study_is_refused(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    (tmp_path / "key").write_bytes(KEY)
    with pytest.raises(ParamsError, match="expected a place outside the project and the study"):
        p.read_key(tmp_path / "key", Study(PROJECT, tmp_path / "params"))
    with pytest.raises(ParamsError, match="expected a place outside"):
        p.read_key(PROJECT / "README.md", STUDY)


def test_a_key_is_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(KEY + b"\n")
    assert p.read_key(tmp_path / "key", STUDY) == KEY + b"\n"
