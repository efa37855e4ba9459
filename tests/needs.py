"""Programs of the machine that some tests need: without one a test is skipped by name, or fails where all must run."""

import os
import shutil

import pytest

NOT_IN_DEBIAN = {"quarto"}  # skipped by name wherever it is missing: no package that a clean machine can install has it


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip a test where a program is not on the PATH; with CSR_REQUIRE_ALL=1 let it run, and so fail."""
    missing = [program for program in programs if shutil.which(program) is None]
    required = os.environ.get("CSR_REQUIRE_ALL") == "1" and not NOT_IN_DEBIAN & set(missing)
    return pytest.mark.skipif(bool(missing) and not required, reason=f"needs {', '.join(missing)}")
