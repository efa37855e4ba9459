"""Progress without a terminal: plain lines on stderr, a tenth of the way each, and the items untouched."""

import pytest

from analysis.pipeline.progress import track


def test_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track(range(25), "simulating")) == list(range(25))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[:2] == ["simulating: 3 of 25", "simulating: 5 of 25"]
    assert err.splitlines()[-1] == "simulating: 25 of 25"
    assert len(err.splitlines()) == 10


def test_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track([], "simulating")) == []
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar_on_stderr(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert list(track(["a", "b"], "simulating")) == ["a", "b"]
    out, err = capsys.readouterr()
    assert out == ""
    assert "100%" in err
