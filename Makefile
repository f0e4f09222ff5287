# The front door. Every target does its own set-up in .venv; `make demo` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint types nightly benchmark clean

demo: $(READY)  ## memorize scikit-learn's digits robustly, certify every sample, check the run again
	$(BIN)/logwidth fit digits --ratio 0.99 --out runs/digits
	$(BIN)/logwidth check runs/digits

test: $(READY)  ## the tests, docstring examples included
	$(BIN)/pytest -q -n 2

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(READY)
	$(BIN)/mypy

nightly: $(READY)  ## everything, slow tests and large random profiles included
	HYPOTHESIS_PROFILE=nightly $(BIN)/pytest -q -m ""

benchmark: $(READY)  ## raw measurements into benchmarks/raw
	$(BIN)/python benchmarks/main_job.py
	$(BIN)/python benchmarks/separation.py

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "logwidth needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test,dev]'
	@touch $(READY)

clean:
	rm -rf $(VENV) runs .mypy_cache .ruff_cache .pytest_cache .hypothesis
