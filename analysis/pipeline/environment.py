"""The environment of every process that computes: built from nothing, so that the caller's cannot change a byte."""

import datetime as dt
import os
import sys
from pathlib import Path

# Where a notebook of a run finds the run's work folder and the study's parameters.
WORK = "CSR_WORK"
PARAMS_DIR = "CSR_PARAMS_DIR"
PUBLIC = "CSR_PUBLIC"
"""Set where the run is for the public."""

PUBLIC_KEY = "CSR_PUBLIC_KEY"
"""The key of its pseudonyms, in hexadecimal: of the computing process alone, which takes it away at once."""

# Wider instruction sets than AVX2 change the last bits of numpy's exp, log and pow (numpy 2.4's group names).
_CPU_GROUPS = ("X86_V4", "AVX512_ICL", "AVX512_SPR")
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS")

# What is taken over from the caller. Where a Quarto from conda-forge has its parts: activating its environment sets
# these, and it does not start without. And whether Python may write its caches beside the project's code.
_KEPT = (
    "PYTHONDONTWRITEBYTECODE",
    "QUARTO_CONDA_PREFIX",
    "QUARTO_DART_SASS",
    "QUARTO_DENO",
    "QUARTO_DENO_DOM",
    "QUARTO_ESBUILD",
    "QUARTO_PANDOC",
    "QUARTO_SHARE_PATH",
    "QUARTO_TYPST",
)


NO_DATE = dt.date(2000, 1, 1)
"""For what has no lock, and so reads no date."""


def epoch(date: dt.date) -> int:
    """Seconds from 1970 to midnight UTC of a date: the time every output carries."""
    return int(dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC).timestamp())


def child_environment(project: Path, home: Path, date: dt.date, **extra: str) -> dict[str, str]:
    """Return the whole environment of a computing child.

    `home` is a folder of the run's own that stands in for HOME and for Jupyter's folders; `date` is the lock's date.
    """
    return {
        # Only Quarto is looked for on the PATH; the interpreter is named in full.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "HOME": str(home),
        "USERPROFILE": str(home),
        "TMPDIR": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "jupyter/config"),
        "JUPYTER_DATA_DIR": str(home / "jupyter/data"),
        "JUPYTER_RUNTIME_DIR": str(home / "jupyter/runtime"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "PYTHONPATH": str(project),
        "PYTHONSAFEPATH": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "SOURCE_DATE_EPOCH": str(epoch(date)),
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": " ".join(_CPU_GROUPS),
        **dict.fromkeys(_THREADS, "1"),
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        **extra,
    }
