# Kabar Tahapan. `make demo` shows it at work, `make test` proves it; the other commands are for developers.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := demo
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
export PYTHONPATH := plugins
# Some machines forbid bytecode; without it every one of Airflow's processes takes twice as long to start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test lint golden lock bench bench-faults bench-publish bench-reconcile clean distclean chromium

setup: $(READY)

# The stamp is younger than the lock, or everything is looked at again.
$(READY): requirements.lock pyproject.toml .ci/setup
	@PYTHON="$(PYTHON)" .ci/setup
	touch $@

# KEEP=0 ends by itself when the rehearsal is over; otherwise everything stays up until Ctrl-C.
demo: $(READY)
	@$(BIN)/python -m kabar.local.demo

test: lint chromium
	@$(BIN)/python -m pytest -n auto --dist loadscope --ignore tests/faults
	# Alone, because these kill and freeze processes by the clock.
	$(BIN)/python -m pytest tests/faults

lint: $(READY)
	@$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy --no-error-summary

# The browser tests use the system's Chromium.
chromium:
	@command -v chromium >/dev/null && exit
	if [ "$$(id -u)" != 0 ]; then
		echo "The browser tests need Chromium. Run: sudo apt-get install chromium" >&2
		exit 1
	fi
	echo "Installing Chromium for the browser tests …"
	if ! { apt-get update && apt-get install -y --no-install-recommends chromium; } >.venv/chromium.log 2>&1; then
		tail -n 3 .venv/chromium.log >&2
		echo "Chromium could not be installed (see .venv/chromium.log). Check the network, then repeat." >&2
		exit 1
	fi

# Write the golden texts again; read the difference before you commit it.
golden: $(READY)
	@$(BIN)/python tests/golden/rewrite.py

# Lock the dependencies again; versions stay as they are unless pyproject.toml forbids them.
lock: $(READY)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--extra dev pyproject.toml --output-file requirements.lock

# All benchmarks but the storms, which take half an hour (`make bench-faults`).
bench: $(READY)
	@for benchmark in $(filter-out bench/faults.py,$(wildcard bench/*.py)); do $(BIN)/python "$$benchmark"; done

# 10,000 posts, a fifth of the calls faulty, 100 kills, three seeds; POSTS, KILLS, SEEDS and KABAR_SEED change it.
# Its last line reads `N double, N lost, N stale`; exit status 0 only if all are 0. See docs/faults.md.
bench-faults: $(READY)
	@$(BIN)/python bench/faults.py

# What the ledger costs: 553 posts due at one instant, beside the same calls in a bare loop.
bench-publish: $(READY)
	@$(BIN)/python bench/publish.py

# How long reading takes to settle 10,000 questions; POSTS makes it smaller.
bench-reconcile: $(READY)
	@$(BIN)/python bench/reconcile.py

# Forget everything that the demo has made: database, sandbox, logs.
clean:
	@$(PYTHON) -m kabar.local.clean
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find dags include plugins tests bench -name __pycache__ -prune -exec rm -rf {} +

# The same, and the installed packages.
distclean: clean
	@rm -rf .venv plugins/kabar_tahapan.egg-info
