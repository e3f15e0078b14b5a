# Everything runs from a virtual environment that the first command makes; nothing else has to be installed but
# Python 3.11 or newer. Paths are relative, so that the checkout may lie in a folder with a space in its name.

PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PY := .venv/bin/python
export PORT ?= 8080
# By another name, because make -n executes recipes with $(MAKE) in them.
THIS_MAKE := $(MAKE)
$(shell $(PY) -c '' 2>/dev/null || rm -f .venv/ready)

NPM := $(shell node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' \
	2>/dev/null && command -v npm)

# What has to be said with a command, as in make deploy STAGE=dev.
required = $(or $($1),$(error $1=... is missing, as in: make $@ $1=$($1_FOR_EXAMPLE)))
STAGE_FOR_EXAMPLE := dev
NAME_FOR_EXAMPLE := database-url
PERSON_FOR_EXAMPLE := 00000000-0000-4000-9000-000000000001

.PHONY: help run dashboard test citus check check-python check-web bench format openapi lock migrate package package-gcp secret deploy erase cloud token weekly-stats screenshots clean
.DEFAULT_GOAL := help

help: ## Say what each command does.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# It is made again when the locked dependencies change. Until it is complete, there is no file `ready`. compileall uses all
# processors; it fails for a few files of packages, which nothing imports.
.venv/ready: requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, with venv (on Debian: apt install python3-venv)"; exit 1; }
	@echo "Setting up .venv with $(PYTHON) ..." >&2
	@rm -rf .venv && $(PYTHON) -m venv .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-compile \
		-r requirements/dev.txt
	@$(PY) -m compileall -qq -j 0 .venv/lib || true
	@touch .venv/ready

# The tool that deploys, and what the client is made with. What the packages would run when they are installed isn't run
# (.npmrc).
node_modules/.package-lock.json: package-lock.json package.json client/package.json dashboard/package.json
	@command -v npm >/dev/null || { echo "Node 22 is needed, with npm: https://nodejs.org (20.19 works, too)"; exit 1; }
	@echo "Setting up node_modules ..." >&2
	@npm ci --loglevel=error
	@touch $@

# local/start.py makes .venv and the dashboard, so that an interruption of make ends these steps as well.
run: ## Serve every function and the dashboard on PORT (8080), on an embedded PostgreSQL with demo data.
	@$(if $(PYTHON),exec $(PYTHON) -m local.start '$(THIS_MAKE)' $(if $(NPM),dashboard),$(THIS_MAKE) -s .venv/ready)

dashboard: dashboard/dist/index.html ## Build the dashboard as static files, in dashboard/dist.

dashboard/dist/index.html: node_modules/.package-lock.json $(wildcard dashboard/*.* dashboard/src/* dashboard/src/*/* client/src/*)
	@echo "Building the dashboard ..." >&2
	@npm run --silent build --workspace dashboard -- --logLevel warn --outDir ../.build/dashboard --emptyOutDir
	@rm -rf dashboard/dist && mv .build/dashboard dashboard/dist && touch $@

# One test at a time for each processor that is there for us, and one more: tests also wait.
AT_A_TIME := $(shell echo $$(($$(nproc 2>/dev/null || echo 2) + 1)))

test: .venv/ready $(if $(NPM),node_modules/.package-lock.json) ## Run every test, with embedded PostgreSQL. T=... picks tests, as for pytest.
	@$(PY) -m pytest -q -n $(AT_A_TIME) $(T)

CITUS_TESTS := tests/db tests/functions tests/deploy/test_operations.py tests/citus

citus: .venv/ready ## Run the database's tests on a Citus cluster: CITUS_BIN=<folder> or CITUS_SRC=<release>. T=... picks tests.
	@citus="$$($(PY) -m local citus)" && ON_CITUS="$$citus" $(PY) -m pytest -q -n $(AT_A_TIME) $(or $(T),$(CITUS_TESTS))

check: check-python check-web ## Lint, check the format and the types.

check-python: .venv/ready
	@$(PY) -m ruff check --no-cache .
	@$(PY) -m ruff format --check --no-cache .
	@$(PY) -m mypy

check-web: $(if $(NPM),node_modules/.package-lock.json)
	@$(if $(NPM),npm run --silent check --workspaces,echo "The types of the client and the dashboard aren't checked: that needs Node 22 (20.19 works, too)" >&2)

# What can't be set up here (no network, no Node, another platform) is left out, and the results say so.
bench: .venv/ready ## Measure speed, beside others (15 min; QUICK=1: 5 min) or AGAINST=<commit>: ratios to that commit.
	@$(MAKE) --silent --no-print-directory --keep-going $(if $(AGAINST),.venv-bench/cold/ready,$(BENCH_PEERS)) || true
	@exec $(PY) -m benchmarks $(if $(QUICK),--quick) $(if $(AGAINST),--against '$(AGAINST)')

BENCH_PEERS := .venv-bench/ready .venv-bench/cold/ready benchmarks/peers/node/node_modules/.package-lock.json
BENCH_INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:

.venv-bench/ready: benchmarks/peers/requirements.txt
	@echo "Setting up .venv-bench, for what make bench compares with ..." >&2
	@rm -rf .venv-bench && $(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python $(BENCH_INSTALL) -r benchmarks/peers/requirements.txt
	@touch $@

# What a function is deployed with, compiled as for a deployment.
.venv-bench/cold/ready: requirements/functions.txt requirements/lambda.txt | .venv-bench/ready
	@rm -rf .venv-bench/cold
	@$(PY) $(BENCH_INSTALL) --no-compile --target .venv-bench/cold $(patsubst %,-r %,$^)
	@$(PY) -m compileall -q --invalidation-mode unchecked-hash .venv-bench/cold
	@touch $@

benchmarks/peers/node/node_modules/.package-lock.json: benchmarks/peers/node/package-lock.json
	@npm ci --prefix benchmarks/peers/node --silent --no-audit --no-fund --no-update-notifier
	@touch $@

format: .venv/ready ## Format the code, and mend what the linter can mend by itself.
	@$(PY) -m ruff check --fix --quiet .
	@$(PY) -m ruff format .

openapi: .venv/ready node_modules/.package-lock.json ## Write docs/openapi.json anew, and the client's schema from it.
	@$(PY) -m local openapi > docs/openapi.json
	@npm run --silent generate --workspace client

migrate: .venv/ready ## Bring a database up to date: DATABASE_URL's, or with STAGE=... that stage's own.
	@$(PY) -m deploy migrate '$(or $(STAGE),local)'

package: .venv/ready node_modules/.package-lock.json ## Make what is deployed to STAGE=dev or prod, without deploying it.
	@$(PY) -m deploy package '$(call required,STAGE)'

package-gcp: .venv/ready ## Make the source folder for Google Cloud.
	@$(PY) -m deploy package-gcp

secret: .venv/ready ## Store a secret of STAGE=...: NAME=database-url or auth-jwt-secret, required for or from standard input.
	@$(PY) -m deploy secret '$(call required,STAGE)' '$(call required,NAME)'

deploy: .venv/ready node_modules/.package-lock.json ## Package, migrate, deploy to STAGE=..., try it, and print the URLs.
	@$(PY) -m deploy deploy '$(call required,STAGE)'

erase: .venv/ready ## Make a person unrecognisable in STAGE=...: PERSON=<user id>.
	@$(PY) -m deploy erase '$(call required,STAGE)' '$(call required,PERSON)'

cloud: .venv/ready ## Run a stand-in for AWS on this machine (moto), to deploy to without an account.
	@exec $(PY) -m local cloud

token: .venv/ready ## Print a token for the tutor TUTOR=<id>, or for an admin (ADMIN=1); local stage only.
	@$(PY) -m local token $(TUTOR) $(if $(ADMIN),--admin)

weekly-stats: .venv/ready ## Compute the weekly statistics by hand; WEEKS=12 fills in twelve weeks.
	@$(PY) -m local weekly-stats $(if $(WEEKS),--weeks $(WEEKS))

screenshots: .venv/ready ## Take the README's pictures anew, of the demo: make run has to be running.
	@$(PY) -m local screenshots

LOCK := $(PY) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header

lock: .venv/ready ## Pin the newest versions that pyproject.toml allows, with their hashes.
	$(LOCK) --group dev --extra framework pyproject.toml -o requirements/dev.txt
	$(LOCK) -c requirements/dev.txt pyproject.toml -o requirements/functions.txt
	$(LOCK) -c requirements/dev.txt --extra framework pyproject.toml -o requirements/gcp.txt
	$(LOCK) --group lambda -o requirements/lambda.txt
	$(LOCK) benchmarks/peers/requirements.in -o benchmarks/peers/requirements.txt

clean: ## Remove what was set up and built; the demo's data stays.
	rm -rf .venv .venv-bench .build node_modules client/dist dashboard/dist
