# Every target sets up .venv by itself when it is not there, or older than pyproject.toml and uv.lock.
# With uv installed the locked versions are used, otherwise python3's own venv and pip.

PYTHONS ?= python3.14 python3.13 python3.12 python3.11 python3 python
VENV := .venv
RUN := $(VENV)/bin/python
RUNTIME := $(VENV)/.runtime-is-ready
TOOLS := $(VENV)/.tools-are-ready
PROJECT := pyproject.toml uv.lock

.DEFAULT_GOAL := help
.PHONY: help sandbox run migrate test faults lint bench

help: ## show this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name does; do printf '  make %-9s %s\n' "$$name" "$$does"; done

sandbox: $(RUNTIME) ## try everything out in a browser: no Slack account, no service
	$(RUN) -m consult_bot sandbox

run: $(RUNTIME) ## start the app with the settings in .env
	$(RUN) -m consult_bot run

migrate: $(RUNTIME) ## bring the database up to this version
	$(RUN) -m consult_bot migrate

test: $(TOOLS) ## run the whole suite, in Chromium too
	sh tests/ensure_chromium.sh
	$(RUN) -m pytest -n 3  # most tests wait more than they work: three at a time keep two cores busy

faults: $(TOOLS) ## kill it 1,000 times on each database, and all that can fail besides; FAULT_SEED repeats a run
	FAULT_KILLS=$${FAULT_KILLS:-1000} timeout 7200 $(RUN) -m pytest -n 2 tests/faults

lint: $(TOOLS) ## check style and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: $(TOOLS) ## measure; writes bench/out/results.json
	$(RUN) -m bench

# The oldest Python that works is 3.11; the first of PYTHONS that is new enough is taken.
define find_python
python=; for each in $(PYTHONS); do \
	if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$$each"; break; fi; \
done; \
if [ -z "$$python" ]; then \
	echo "Python 3.11 or newer is needed, and none of these is: $(PYTHONS)." >&2; \
	echo "Install it from https://www.python.org/downloads/ or with your system's package manager," >&2; \
	echo "or say where it is: make $(MAKECMDGOALS) PYTHONS=/path/to/python3.11" >&2; \
	exit 1; \
fi
endef

# Compiled ahead, the first start takes half as long, even where Python may not write bytecode by itself.
COMPILE := $(RUN) -m compileall -q consult_bot commands storage

# pip reads dependency groups from version 25.1 on.
$(RUNTIME): $(PROJECT)
	@echo "Setting up $(VENV), which takes about half a minute the first time."
	@set -e; if command -v uv >/dev/null 2>&1; then \
		uv sync --frozen --no-dev --inexact --compile-bytecode; \
	else \
		$(find_python); \
		[ -x $(RUN) ] || "$$python" -m venv $(VENV); \
		$(RUN) -m pip install --quiet --editable .; \
	fi
	@$(COMPILE)
	@touch $@

$(TOOLS): $(PROJECT)
	@echo "Setting up $(VENV) with the tools for tests, which takes about a minute the first time."
	@set -e; if command -v uv >/dev/null 2>&1; then \
		uv sync --frozen --compile-bytecode; \
	else \
		$(find_python); \
		[ -x $(RUN) ] || "$$python" -m venv $(VENV); \
		$(RUN) -m pip install --quiet --upgrade 'pip>=25.1'; \
		$(RUN) -m pip install --quiet --editable . --group dev; \
	fi
	@$(COMPILE)
	@touch $@ $(RUNTIME)
