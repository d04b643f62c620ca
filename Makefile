PYTHON ?= python3
BIN := .venv/bin
# Tests mostly wait, so more of them run at once than a small machine has cores.
WORKERS ?= 6
# Without what pytest keeps of the tests it has read, each worker reads them all again.
unexport PYTHONDONTWRITEBYTECODE
PYTEST = $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal

.PHONY: help run doctor test quick coverage ci nightly soak fortnight scale check lock audit format bench bench-limits picture

help: ## List these targets
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/p' Makefile | expand -t 14

run: .venv/run ## Run the bot; without credentials, the playground
	$(BIN)/python -m bot

doctor: .venv/run ## Try every credential, scope, channel, webhook and clock
	@$(BIN)/python -m bot doctor

test: .venv/dev ## Run all tests; WORKERS=2 runs two at a time
	$(PYTEST)

quick: .venv/dev ## Run the unit tests and a few stories, while you work
	$(BIN)/python -m pytest --numprocesses 3 --dist worksteal --hypothesis-profile=few \
		-m "not slow and not kill and not browser and not postgres and not scale and not bench \
		and not soak" \
		tests/test_*.py tests/stories/test_decisions.py

coverage: .venv/dev ## Run all tests, and fail if too little of bot/ is covered
	$(PYTEST) --cov --cov-report=term-missing:skip-covered

nightly: .venv/dev ## Run all tests with many more examples, and the long ones: soak, fortnight and scale
	$(PYTEST) --hypothesis-profile=nightly --timeout 3600
	$(MAKE) soak fortnight scale

check: .venv/dev ## Run the linters and the type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

ci: check coverage ## Run what must hold before a change lands

format: .venv/dev ## Format the code, and apply the linter's fixes
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The hashes of all published files: one lock for every Python and machine. Pins stay as they are; to
# raise one, change it in the .in file or delete its lines in both .txt files.
lock: .venv/run ## Write requirements*.txt from requirements*.in, with the hash of every file
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	for each in requirements requirements-dev; do \
	    $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	        $$each.in --output-file $$each.txt || exit 1; \
	done

audit: .venv/run ## Check the pinned packages for known vulnerabilities; an unknown package fails too
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements.txt

soak: .venv/dev ## Run stories at length: a storm; 100 kills amid 1,000 clicks, SEED=… repeats one
	$(PYTEST) -m soak
	$(BIN)/python -m tests.soak $(if $(SEED),--seed $(SEED))

fortnight: .venv/dev ## Run two weeks of a team in some minutes; SEED=… repeats them
	@$(BIN)/python -m tests.fortnight $(if $(SEED),--seed $(SEED))

scale: .venv/dev ## Kill one of three processes on one PostgreSQL; SEED=… repeats it
	@$(BIN)/python -m tests.scale $(if $(SEED),--seed $(SEED))

bench: .venv/dev ## Measure how fast the bot is; takes five minutes on an otherwise idle machine
	$(BIN)/python -m pytest -m bench
	$(BIN)/python -m tests.bench

bench-limits: .venv/dev ## Fail if a figure of the last bench misses its target by more than half
	$(BIN)/python -m tests.bench --limits

picture: .venv/dev ## Take the README's picture of the playground; needs Chromium
	$(BIN)/python -m tests.playground.picture docs/picture.webp

.venv/run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	    -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	    -r requirements-dev.txt
	@touch $@
