PYTHON ?= python3
BIN := .venv/bin

.PHONY: run doctor test soak scale check audit format bench bench-limits picture

# Without credentials this is the playground.
run: .venv/run
	$(BIN)/python -m bot

# Tries every credential, scope, channel, webhook and clock.
doctor: .venv/run
	@$(BIN)/python -m bot doctor

test: .venv/dev
	$(BIN)/python -m pytest --cov --cov-report=term-missing:skip-covered

# The kill test at length: 1,000 clicks, 100 kills, on each database and transport; SEED=… repeats
# one.
soak: .venv/dev
	$(BIN)/python -m tests.soak $(if $(SEED),--seed $(SEED))

# Three processes on one PostgreSQL behind one address; one is killed and stays dead. Needs the
# programs of PostgreSQL (Debian: apt install postgresql).
scale: .venv/dev
	@$(BIN)/python -m tests.scale $(if $(SEED),--seed $(SEED))

check: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Strict: what the service does not know is no clean bill either.
audit: .venv/run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	$(BIN)/pip-audit --strict --disable-pip --no-deps -r requirements.txt

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# How fast the bot is, beside its peers and limits: some minutes on a machine that is otherwise
# idle. `make bench-limits` fails where a figure of the last run is worse than its aim by half.
bench: .venv/dev
	$(BIN)/python -m tests.bench

bench-limits: .venv/dev
	$(BIN)/python -m tests.bench --limits

# The README's picture, of the playground as it is. Needs Chromium.
picture: .venv/dev
	$(BIN)/python -m tests.playground.picture docs/picture.png

.venv/run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
