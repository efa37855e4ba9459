"""One browser for a file of tests, and the small report that most of them look at."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from tests.browser.chromium import chromium

    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """csr.html of a small report, with tlf/ beside it."""
    from tests.browser.made_page import write_report

    return write_report(tmp_path_factory.mktemp("browser"))
