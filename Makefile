# make run    starts Frontdesk (with the playground where no token is set)
# make check  asks the platforms whether all is right; make slack-manifest prints the app to paste into Slack
# make test   runs all tests, the browser's included
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

# what Python and pytest compiled is kept from one run to the next, whatever the machine says
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint torture bench demo check slack-manifest wheel clean

run: $(VENV)/.run
	@$(BIN)/python -m frontdesk run

demo: $(VENV)/.run
	@$(BIN)/python -m frontdesk demo

check: $(VENV)/.run
	@$(BIN)/python -m frontdesk check

slack-manifest: $(VENV)/.run
	@$(BIN)/python -m frontdesk slack-manifest

test: $(VENV)/.dev lint
	$(BIN)/python -m tests.browser
	$(BIN)/python -m pytest -m "not torture" -n 3 --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

torture: $(VENV)/.dev
	$(BIN)/python -m tests.browser
	$(BIN)/python -m pytest --timeout 3600 -m "torture"

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench

wheel: $(VENV)/.dev
	$(BIN)/python -m build --wheel --no-isolation

# the locks pin every package with its hashes
$(VENV)/.run: requirements.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements.lock requirements-dev.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements-dev.lock
	@touch $(VENV)/.run $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
