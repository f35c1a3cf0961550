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

.PHONY: setup demo test lint golden lock bench clean distclean chromium

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

bench: $(READY)
	@for benchmark in bench/*.py; do $(BIN)/python "$$benchmark"; done

# Forget everything that the demo has made: database, sandbox, logs.
clean:
	@$(PYTHON) -m kabar.local.clean
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find dags include plugins tests bench -name __pycache__ -prune -exec rm -rf {} +

# The same, and the installed packages.
distclean: clean
	@rm -rf .venv plugins/kabar_tahapan.egg-info
