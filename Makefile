# You have to install Python 3.11 or newer. The first command that you run creates a virtual environment.
# All paths are relative, because the path of the checkout may have spaces.

PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PY := .venv/bin/python
export PORT ?= 8080
# A copy of MAKE, because even make -n runs a recipe that contains the text $(MAKE).
THIS_MAKE := $(MAKE)
# Create .venv again if its Python doesn't run, for example after the system's Python was removed.
$(shell $(PY) -c '' 2>/dev/null || rm -f .venv/ready)

# The path of npm, or nothing if Node is missing or older than 20.19.
NPM := $(shell node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' \
	2>/dev/null && command -v npm)

# Return a variable that a command requires, such as STAGE in make deploy STAGE=dev. If it is missing, stop.
required = $(or $($1),$(error $1=... is missing. Example: make $@ $1=$($1_FOR_EXAMPLE)))
STAGE_FOR_EXAMPLE := dev
NAME_FOR_EXAMPLE := database-url
FROM_FOR_EXAMPLE := export
PERSON_FOR_EXAMPLE := 00000000-0000-4000-9000-000000000001

.PHONY: help run dashboard test citus fuzz check check-python check-web bench format openapi lock migrate roles recompute-starts import package package-gcp secret deploy erase cloud token weekly-stats screenshots clean
.DEFAULT_GOAL := help

help: ## List the commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# make creates .venv again when the locked dependencies change. It writes the file `ready` last, so that it doesn't use an
# incomplete environment. Some packages have templates that can't be compiled, so errors of compileall are ignored.
.venv/ready: requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, with venv (on Debian: apt install python3-venv)"; exit 1; }
	@echo "Setting up .venv with $(PYTHON) ..." >&2
	@rm -rf .venv && $(PYTHON) -m venv .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-compile \
		-r requirements/dev.txt
	@$(PY) -m compileall -qq -j 0 .venv/lib || true
	@touch .venv/ready

# The deployment tool and the packages of the client and the dashboard. Their install scripts don't run (.npmrc).
node_modules/.package-lock.json: package-lock.json package.json client/package.json dashboard/package.json
	@command -v npm >/dev/null || { echo "Node 22 is needed, with npm: https://nodejs.org (20.19 works, too)"; exit 1; }
	@echo "Setting up node_modules ..." >&2
	@npm ci --loglevel=error
	@touch $@

# local/start.py runs make for .venv and for the dashboard. If this make is interrupted, it ends these steps.
run: ## Serve every function and the dashboard on PORT (8080), on an embedded PostgreSQL with demo data.
	@$(if $(PYTHON),exec $(PYTHON) -m local.start '$(THIS_MAKE)' $(if $(NPM),dashboard),$(THIS_MAKE) -s .venv/ready)

dashboard: dashboard/dist/index.html ## Build the dashboard as static files, in dashboard/dist.

dashboard/dist/index.html: node_modules/.package-lock.json $(wildcard dashboard/*.* dashboard/src/* dashboard/src/*/* dashboard/src/*/*/* client/src/*)
	@echo "Building the dashboard ..." >&2
	@npm run --silent build --workspace dashboard -- --logLevel warn --outDir ../.build/dashboard --emptyOutDir
	@npm run --silent build:booker --workspace dashboard -- --logLevel warn --outDir ../.build/dashboard
	@rm -rf dashboard/dist && mv .build/dashboard dashboard/dist && touch $@

# The number of test processes: one more than there are processors, because tests also wait.
AT_A_TIME := $(shell echo $$(($$(nproc 2>/dev/null || echo 2) + 1)))

test: .venv/ready $(if $(NPM),node_modules/.package-lock.json) ## Run every test, with embedded PostgreSQL. T=... are arguments of pytest, such as files.
	@$(PY) -m pytest -q -n $(AT_A_TIME) $(T)

CITUS_TESTS := tests/db tests/functions tests/deploy/test_operations.py tests/deploy/test_erasure.py tests/citus

citus: .venv/ready ## Run the database's tests on a Citus cluster: CITUS_BIN=<folder> or CITUS_SRC=<release>. T=... selects tests.
	@citus="$$($(PY) -m local citus)" && ON_CITUS="$$citus" $(PY) -m pytest -q -n $(AT_A_TIME) $(or $(T),$(CITUS_TESTS))

fuzz: .venv/ready ## Send generated requests as each role, and compare with the OpenAPI document. SECONDS=300; SEED=... repeats a run.
	@$(PY) -m tests.fuzz $(if $(SECONDS),--seconds '$(SECONDS)') $(if $(SEED),--seed '$(SEED)')

check: check-python check-web ## Lint, check the format and the types.

check-python: .venv/ready
	@$(PY) -m ruff check --no-cache .
	@$(PY) -m ruff format --check --no-cache .
	@$(PY) -m mypy

check-web: $(if $(NPM),node_modules/.package-lock.json)
	@$(if $(NPM),npm run --silent check --workspaces,echo "The types of the client and the dashboard aren't checked: that needs Node 22 (20.19 works, too)" >&2)

# A tool that can't be set up (no network, no Node, another platform) is left out. The results name it.
bench: .venv/ready $(if $(NPM),dashboard/dist/index.html) ## Measure speed (15 min; QUICK=1: 5 min), or compare with a commit: AGAINST=<commit>.
	@$(MAKE) --silent --no-print-directory --keep-going $(if $(AGAINST),.venv-bench/cold/ready,$(BENCH_PEERS)) || true
	@exec $(PY) -m benchmarks $(if $(QUICK),--quick) $(if $(AGAINST),--against '$(AGAINST)')

BENCH_PEERS := .venv-bench/ready .venv-bench/cold/ready benchmarks/peers/node/node_modules/.package-lock.json
BENCH_INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:

.venv-bench/ready: benchmarks/peers/requirements.txt
	@echo "Setting up .venv-bench, with the tools that make bench compares Slotledger with ..." >&2
	@rm -rf .venv-bench && $(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python $(BENCH_INSTALL) -r benchmarks/peers/requirements.txt
	@touch $@

# The packages of the deployed functions, compiled as for a deployment.
.venv-bench/cold/ready: requirements/functions.txt requirements/lambda.txt | .venv-bench/ready
	@rm -rf .venv-bench/cold
	@$(PY) $(BENCH_INSTALL) --no-compile --target .venv-bench/cold $(patsubst %,-r %,$^)
	@$(PY) -m compileall -q --invalidation-mode unchecked-hash .venv-bench/cold
	@touch $@

benchmarks/peers/node/node_modules/.package-lock.json: benchmarks/peers/node/package-lock.json
	@npm ci --prefix benchmarks/peers/node --silent --no-audit --no-fund --no-update-notifier
	@touch $@

# The code is formatted even if the linter reports what it can't fix.
format: .venv/ready ## Format the code, and fix what the linter can fix.
	@$(PY) -m ruff check --fix --quiet .; is_clean=$$?; $(PY) -m ruff format . && exit $$is_clean

openapi: .venv/ready node_modules/.package-lock.json ## Write docs/openapi.json, and the client's schema from it.
	@$(PY) -m local openapi > docs/openapi.json
	@npm run --silent generate --workspace client

migrate: .venv/ready ## Migrate the database of DATABASE_URL. If it isn't set: the database of STAGE=...
	@$(PY) -m deploy migrate '$(or $(STAGE),local)'

roles: .venv/ready ## Create the database's roles (DATABASE_URL, or STAGE=...). PREFIX=... are other names than slotledger_….
	@$(PY) -m deploy roles '$(or $(STAGE),local)' $(if $(PREFIX),--prefix '$(PREFIX)')

recompute-starts: .venv/ready ## After an update of PostgreSQL's zone files: recompute the instants of future slots (STAGE=...).
	@$(PY) -m deploy recompute-starts '$(or $(STAGE),local)'

import: .venv/ready ## Import the CSV files of the folder FROM=... (STAGE=...). DRY_RUN=1 only checks them.
	@$(PY) -m local import '$(call required,FROM)' --stage '$(or $(STAGE),local)' $(if $(DRY_RUN),--dry-run)

package: .venv/ready node_modules/.package-lock.json ## Build what is deployed to STAGE=dev or prod, without deploying.
	@$(PY) -m deploy package '$(call required,STAGE)'

package-gcp: .venv/ready ## Build the source folder for Google Cloud (experimental).
	@$(PY) -m deploy package-gcp

secret: .venv/ready ## Store a secret of STAGE=...: NAME=database-url, auth-jwt-secret, …, typed or from standard input.
	@$(PY) -m deploy secret '$(call required,STAGE)' '$(call required,NAME)'

deploy: .venv/ready node_modules/.package-lock.json ## Package, migrate, deploy to STAGE=..., test it, and print the URLs.
	@$(PY) -m deploy deploy '$(call required,STAGE)'

erase: .venv/ready ## Anonymise a person in STAGE=... (or the database of DATABASE_URL): PERSON=<user id>.
	@$(PY) -m deploy erase '$(call required,STAGE)' '$(call required,PERSON)'

cloud: .venv/ready ## Run a stand-in for AWS on this machine (moto), to try deployments without an account.
	@exec $(PY) -m local cloud

token: .venv/ready ## Print a token for the tutor TUTOR=<id>, the student STUDENT=<name> or an admin (ADMIN=1); local stage only.
	@$(PY) -m local token $(TUTOR) $(if $(STUDENT),--student '$(STUDENT)') $(if $(ADMIN),--admin)

weekly-stats: .venv/ready ## Compute the weekly statistics now; WEEKS=12 computes twelve weeks.
	@$(PY) -m local weekly-stats $(if $(WEEKS),--weeks $(WEEKS))

screenshots: .venv/ready ## Take the README's pictures again; make run must be running.
	@$(PY) -m local screenshots

LOCK := $(PY) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header

lock: .venv/ready ## Pin the newest versions that pyproject.toml allows, with their hashes.
	$(LOCK) --group dev --extra framework pyproject.toml -o requirements/dev.txt
	$(LOCK) -c requirements/dev.txt pyproject.toml -o requirements/functions.txt
	$(LOCK) -c requirements/dev.txt --extra framework pyproject.toml -o requirements/gcp.txt
	$(LOCK) --group lambda -o requirements/lambda.txt
	$(LOCK) benchmarks/peers/requirements.in -o benchmarks/peers/requirements.txt

clean: ## Remove everything that was installed or built, but not the demo's data.
	rm -rf .venv .venv-bench .build node_modules client/dist dashboard/dist
