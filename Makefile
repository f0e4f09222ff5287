# The front door. Every target does its own set-up in .venv; `make demo` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

THEN ?= dfc6f0a
.PHONY: demo test lint types docs html nightly benchmark wheel oldest proofs clean

demo: $(READY)  ## memorize scikit-learn's digits robustly, certify every sample, check the run again
	$(BIN)/logwidth fit digits --ratio 0.99 --out runs/digits
	$(BIN)/logwidth check runs/digits

test: $(READY)  ## the tests, docstring examples included
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder  # a file a worker, long ones first

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(READY)
	$(BIN)/mypy

docs: $(VENV)/.docs  ## run every example, then build docs/_build/html; warnings are errors
	$(BIN)/python tools/performance.py docs/_generated/performance.md
	$(BIN)/python tools/api_page.py docs/_generated/api.md
	$(BIN)/python tools/examples.py --figures docs/_generated/gallery README.md docs/*.md docs/guides/*.md docs/theory/*.md
	$(MAKE) --no-print-directory html

html: $(VENV)/.docs  ## build the pages alone, from what the last `make docs` generated
	$(BIN)/python -m sphinx -q -W --keep-going -n -E docs docs/_build/html

nightly: $(READY)  ## everything, slow tests and large random profiles included
	HYPOTHESIS_PROFILE=nightly $(BIN)/pytest -q -m ""

benchmark: $(READY)  ## raw measurements beside THEN=COMMIT; LOGWIDTH_MNIST=FILE adds MNIST, beside faiss where it is installed
	$(BIN)/python benchmarks/separation.py $(if $(LOGWIDTH_MNIST),--mnist $(LOGWIDTH_MNIST))
	$(BIN)/python benchmarks/beside.py $(THEN) $(if $(JOBS),--jobs $(JOBS))
	$(if $(LOGWIDTH_MNIST),$(BIN)/python benchmarks/mnist_fit.py --data $(LOGWIDTH_MNIST) --faiss)

wheel: $(READY)  ## wheel and sdist; the wheel installed in a fresh environment, its tests run without src/
	tools/try_wheel.sh $(PYTHON)

oldest:  ## the tests with the oldest versions of the dependencies that pyproject.toml promises
	tools/try_oldest.sh $(PYTHON)

$(VENV)/.docs: $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[docs]'
	@touch $(VENV)/.docs

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "logwidth needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test,dev]'
	@touch $(READY)

proofs:  ## Coq compiles every proof, the axioms are compared with a list, proofs/logwidth-proof is built
	$(MAKE) --no-print-directory -C proofs

clean:
	$(MAKE) --no-print-directory -C proofs clean
	rm -rf $(VENV) runs dist docs/_build docs/_generated .mypy_cache .ruff_cache .pytest_cache .hypothesis
