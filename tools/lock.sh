#!/bin/sh
# Resolve the four lock files from pyproject.toml in one universal resolution (Python 3.11 to 3.14). Needs uv.
set -eu
common=$(mktemp)
trap 'rm -f "$common"' EXIT
resolve() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "$@" pyproject.toml
}
resolve --all-extras -o "$common"
resolve -c "$common" -o requirements.lock
resolve -c "$common" --extra dev --extra dask -o requirements-dev.lock
resolve -c "$common" --extra lab -o requirements-lab.lock
resolve -c "$common" --extra dask -o requirements-dask.lock
