# Everything a newcomer runs. Each target makes its own virtual environment from pinned, hashed constraints.
# PYTHON names another interpreter (3.11 or newer) for the first run.

PYTHON ?= python3
ROUNDS ?= 5
# The labelled texts (see MODEL_CARD.md).
DATA ?= ../shared/data
VENV := .venv
BIN := $(VENV)/bin
COMPILED_TESTS := tests/test_compilation.py $(addprefix tests/core/test_,complaint.py cues.py dialogue.py identity.py \
	language.py pipeline.py reading.py redaction.py sentiment.py touchpoints.py vocabulary.py case.py counterfactual.py \
	handover.py journey.py listeners.py machines.py merge.py packing.py partition.py review.py trend.py)
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev

.PHONY: demo test test-compiled lint quality bench surges profile dashboards pictures constraints clean

demo: $(RUN_STAMP)
	$(BIN)/monitor demo

test: $(DEV_STAMP)
	$(BIN)/pytest -n 2 --dist loadfile $(PYTEST_ARGS)

# Builds into a folder of its own: an extension in the source tree would hide the module beside it.
test-compiled: $(DEV_STAMP)
	rm -rf build/compiled build/lib.* build/bdist.*
	EARSHOT_COMPILE=1 $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		--target build/compiled .
	EARSHOT_TESTED_BUILD=compiled PYTHONPATH=$(CURDIR)/build/compiled $(BIN)/pytest -o pythonpath="build/compiled ." \
		$(or $(PYTEST_ARGS),$(COMPILED_TESTS))

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Every figure of the models with its interval; pictures and worst errors in build/quality. Trains again: minutes long.
quality: $(DEV_STAMP)
	$(BIN)/python -m tests.quality.report --data $(DATA)

# An hour long, and worth something only on a quiet machine; writes the README's figures.
bench: $(DEV_STAMP)
	$(BIN)/python tests/bench/bench_sentiment.py
	$(BIN)/python tests/bench/bench_finding.py
	$(BIN)/python -m tests.bench.throughput --rounds $(ROUNDS)
	$(BIN)/python -m tests.bench.latency
	$(BIN)/python -m tests.bench.scaling --rounds $(ROUNDS)
	$(BIN)/python -m tests.bench.growth
	$(BIN)/python -m tests.bench.readme

# How soon a surge is found, against the optimal detector and others; the machine may be busy.
surges: $(DEV_STAMP)
	$(BIN)/python -m tests.bench.bench_surge

# Where the worker's CPU time goes.
profile: $(DEV_STAMP)
	$(BIN)/python -m tests.bench.profile

# Writes the Grafana dashboards from deploy/grafana/panels.toml, and draws their previews.
dashboards: $(DEV_STAMP)
	$(BIN)/python -W ignore -m tests.deploy.dashboards
	$(BIN)/python -W ignore -m tests.deploy.draw_dashboards deploy/pictures

# Draws the demo's terminal and the live page; minutes long, best on a quiet machine.
pictures: $(DEV_STAMP)
	$(BIN)/python tests/quality/draw_demo.py deploy/pictures/demo.svg
	$(BIN)/python -m tests.page.draw_page deploy/pictures

# Pins anew what pyproject.toml asks for; neither file names an index.
constraints: $(DEV_STAMP)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--upgrade --extra demo --extra rocksdb --group build pyproject.toml --output-file constraints.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--upgrade --extra demo --extra rocksdb --group dev --constraint constraints.txt pyproject.toml --output-file constraints-dev.txt

clean:
	rm -rf $(VENV) build

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): $(BIN)/python constraints.txt pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(DEV_STAMP): $(RUN_STAMP) constraints-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r constraints-dev.txt
	touch $@
