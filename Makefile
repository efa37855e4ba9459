# The two commands of the README are `make report` and `make test`; `make help` lists the rest.
# Everything happens in .venv; nothing outside this folder is changed.
SHELL := /bin/sh
# The latest cut is the one with the latest cut-off.
CUT ?= $(shell grep -H '^cutoff:' params/cuts/*.yaml | sed 's|params/cuts/\(.*\)\.yaml:cutoff: *\(.*\)|\2 \1|' | sort | tail -n 1 | cut -d' ' -f2-)
PY := .venv/bin/python

.PHONY: help report verify test test-all bench lint types format lock sbom schemas clean
help:
	@echo 'make report   the clinical study report of the latest cut (CUT=name for another)'
	@echo 'make verify   that build made again elsewhere, and every byte of it compared'
	@echo 'make test     the tests, in minutes'
	@echo 'make test-all and those that take long: kills, fuzzing, mutations, hostile input, more examples'
	@echo 'make bench    how long things take beside the least that they could (NAMES=... for some): benchmarks/results.md'
	@echo 'make lint     ruff, mypy and stripped notebooks'
	@echo 'make format   ruff format'
	@echo 'make lock     resolve the packages again'
	@echo 'make sbom     the bill of materials (CycloneDX) of the locked packages'
	@echo 'make schemas  JSON Schemas of the params files'

report: .venv/run
	@$(PY) -m analysis run '$(CUT)'

verify: .venv/run
	@$(PY) -m analysis verify 'build/$(CUT)'

test: .venv/dev
	@$(PY) -m pytest -m 'not slow' -n 2 --dist loadfile --no-loadscope-reorder

test-all: test
	@$(PY) -m pytest -m 'slow or hypothesis' --hypothesis-profile thorough -n 2 --dist worksteal --durations 10

bench: .venv/dev
	@$(PY) -m benchmarks $(NAMES)

lint: .venv/dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -m nbstripout --verify notebooks/*.ipynb tests/miniature/notebooks/*.ipynb

format: .venv/dev
	@$(PY) -m ruff check --fix-only .
	@$(PY) -m ruff format .

schemas: .venv/run
	@$(PY) tools/schemas.py

# The environments: all that a run needs, then what tests need on top. Bytecode is compiled once, here.
.venv/run: requirements.lock pyproject.toml tools/venv.sh
	@sh tools/venv.sh requirements.lock
	@touch .venv/run

.venv/dev: .venv/run requirements-dev.lock
	@sh tools/venv.sh requirements-dev.lock
	@touch .venv/dev

lock:
	@sh tools/lock.sh

sbom: .venv/dev
	@$(PY) tools/sbom.py

clean:
	rm -rf build examples/*/build .venv
