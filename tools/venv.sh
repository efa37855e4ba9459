#!/bin/sh
# Make .venv where there is none and install a lock file into it. Says in one line what is missing.
set -eu

usable() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
}

if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    found=
    for python in "${PYTHON:-python3}" python3.11 python3.12 python3.13 python3.14; do
        if usable "$python"; then found=$python; break; fi
    done
    if [ -z "$found" ]; then
        echo 'Python 3.11 to 3.14 is needed and was not found; name one with: make report PYTHON=/path/to/python' >&2
        exit 1
    fi
    echo "Making .venv with $("$found" --version)"
    rm -rf .venv
    if ! "$found" -m venv .venv >/dev/null 2>&1; then
        rm -rf .venv
        echo "$found cannot make virtual environments: install its venv module (on Debian: apt-get install python3-venv)" >&2
        exit 1
    fi
fi
echo "Installing the packages of $1 (minutes the first time)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$1"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
.venv/bin/python -m compileall -q -j 0 .venv/lib analysis >/dev/null || true
