"""Fixtures of the report's tests."""

from collections.abc import Callable

import pytest

from analysis.results import Number, Result
from tests.report.made import WHOLE, make_results


@pytest.fixture
def whole() -> Callable[..., dict[str, Result]]:
    """Make the results of a whole report, some of them replaced by keyword (dots as double underscores)."""

    def make(**over: Number | tuple[Number, str]) -> dict[str, Result]:
        return make_results(WHOLE | {name.replace("__", "."): value for name, value in over.items()})

    return make
