"""Programs of the machine that some tests need: without one a test is skipped by name, or fails where all must run."""

import os
import shutil

import pytest


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip a test where a program is not on the PATH; with CSR_REQUIRE_ALL=1 let it run, and so fail."""
    missing = [program for program in programs if shutil.which(program) is None]
    skip = bool(missing) and os.environ.get("CSR_REQUIRE_ALL") != "1"
    return pytest.mark.skipif(skip, reason=f"needs {', '.join(missing)}")
