# `make help` explains itself. Every target installs what it needs.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BOTPOD_CACHE ?= $(HOME)/.cache/botpod
export BOTPOD_CACHE
UV_VERSION := 0.13.8
# A version manager's shim may be on PATH without a working uv behind it, so it is tried, not looked up.
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo $(BOTPOD_CACHE)/uv-$(UV_VERSION)/bin/uv)
PY := .venv/bin/python
REQUIREMENTS ?= ../shared/requirements.md
WORKERS ?= 2
MINUTES ?= 30
STORIES ?=
PLAYERS ?= pods
KEEP ?=

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2}'

$(BOTPOD_CACHE)/uv-%/bin/uv:
	@echo "installing uv $* (once)"
	@python3 -m venv $(@D)/.. 2>/dev/null || { apt-get update -qq && apt-get install -y -qq python3-venv && python3 -m venv $(@D)/..; }
	@$(@D)/pip install --quiet --disable-pip-version-check uv==$*

.venv/.synced: uv.lock pyproject.toml botpod/pyproject.toml credentials/pyproject.toml operator/pyproject.toml local/pyproject.toml | $(UV)
	@$(UV) sync --frozen --quiet --compile-bytecode
	@touch $@

.PHONY: demo
demo: .venv/.synced ## a cluster, the operator and a bot to talk to; prints the page's address
	@$(PY) -m botpod_local demo

.PHONY: down
down: .venv/.synced ## end the demo and leave nothing behind but the cache
	@$(PY) -m botpod_local down

.PHONY: kubeconfig
kubeconfig: .venv/.synced ## print the path of the demo cluster's kubeconfig
	@$(PY) -m botpod_local kubeconfig

.PHONY: generate
generate: .venv/.synced ## write the CRDs, the reference pages and the dashboards from their code
	@$(PY) -m botpod_operator.generate crds charts/botpod/files/crds docs/reference
	@$(PY) -m botpod_local chart generate

.PHONY: check
check: .venv/.synced ## lint, format, types, layers, generated files, chart
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@$(PY) -m botpod_operator.generate --check crds charts/botpod/files/crds docs/reference
	@$(PY) -m botpod_local chart check

.PHONY: test
test: .venv/.synced ## everything: unit, contract, stand-ins, a browser, and a cluster of its own
	@$(PY) -m botpod_local packages
	@$(PY) -m pytest tests --ignore=tests/e2e --ignore=tests/botpod_local/cluster -n $(WORKERS)
	@$(PY) -m pytest tests/botpod_local/cluster -n $(WORKERS) # by themselves: a browser gives up its requests when interfaces come and go
	@$(PY) -m pytest tests/e2e -n $(WORKERS) --dist loadfile

.PHONY: requirements
requirements: .venv/.synced ## list which requirements the tests show and which not
	@$(PY) -m pytest tests -q --requirements $(REQUIREMENTS) || test $$? -eq 5

.PHONY: bench-bot
bench-bot: .venv/.synced ## measure bot processes beside stock nextcord's; JSON, one figure a line
	@for bench in bot_start rest replies sessions; do \
		PYTHONPATH=tests/plugins:tests/bench $(PY) tests/bench/bot/bench_$$bench.py; \
	done

.PHONY: bench-operator
bench-operator: .venv/.synced ## measure the operator with 1,000 bots whose pods have no containers
	@PYTHONPATH=tests/plugins:tests/bench $(PY) tests/bench/operator/bench_operator.py

.PHONY: bench-continuity
bench-continuity: .venv/.synced ## measure what people notice when pods are restarted, killed, scaled (STORIES="roll kill"; PLAYERS=processes is quicker; KEEP=directory for records and logs)
	@PYTHONPATH=tests/plugins:tests/bench $(PY) tests/bench/continuity/bench_continuity.py --players $(PLAYERS) $(if $(KEEP),--keep $(KEEP)) $(STORIES)

.PHONY: bench-interactions
bench-interactions: .venv/.synced ## measure slash commands over HTTP while pods are replaced: 10,000 of them
	@PYTHONPATH=tests/plugins:tests/bench $(PY) tests/bench/continuity/bench_interactions.py

.PHONY: soak
soak: .venv/.synced ## talk to a bot process for half an hour: its memory must not grow
	@PYTHONPATH=tests/plugins $(PY) tests/soak/soak_bot.py --minutes $(MINUTES)

.PHONY: soak-operator
soak-operator: .venv/.synced ## swing spec.replicas for half an hour through restarts of the operator, which may never write it
	@PYTHONPATH=tests/plugins:tests/bench:tests/bench/operator $(PY) tests/soak/soak_operator.py --minutes $(MINUTES)

.PHONY: bench
bench: bench-bot bench-operator bench-continuity bench-interactions ## measure everything there is a bench for
