# `make help` explains itself. Every target installs what it needs.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BOTPOD_CACHE ?= $(HOME)/.cache/botpod
export BOTPOD_CACHE
UV_VERSION := 0.13.8
PY := .venv/bin/python
RUN := PYTHONPATH=tests/plugins $(PY) tests/run
BENCH := PYTHONPATH=tests/plugins:tests/bench $(PY) tests/run/bench.py
# First of each target: brings what it needs, or says what is missing; preflight/targets.txt says what that is.
READY = @$(PY) -m botpod_local prepare $@
# A version manager's shim may be on PATH without a working uv behind it, so it is tried, not looked up.
UV = $(shell uv --version >/dev/null 2>&1 && command -v uv || echo $(BOTPOD_CACHE)/uv-$(UV_VERSION)/bin/uv)
REQUIREMENTS ?= ../shared/requirements.md
WORKERS ?= 2
PARTS ?=
MINUTES ?= 30
STORIES ?=
PLAYERS ?= pods
KEEP ?=
PAGE_PORT ?= 7000

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2}'

.venv/.synced: uv.lock pyproject.toml botpod/pyproject.toml credentials/pyproject.toml operator/pyproject.toml local/pyproject.toml
	@UV_VERSION=$(UV_VERSION) local/bootstrap.sh $(MAKECMDGOALS)
	@touch $@

# What a bot to try needs: a tenth of what it takes to develop one. Where that is there already, it serves.
TRY_ENVIRONMENT := $(if $(wildcard .venv/.synced),.venv/.synced,.venv/.try)

.venv/.try: uv.lock pyproject.toml botpod/pyproject.toml credentials/pyproject.toml local/pyproject.toml
	@UV_VERSION=$(UV_VERSION) SYNC="--inexact --no-dev --package botpod --package botpod-local --no-install-package grafana-foundation-sdk" local/bootstrap.sh $(MAKECMDGOALS)
	@touch $@

.PHONY: try
try: $(TRY_ENVIRONMENT) ## a bot and a page to talk to it, within a minute: no cluster, no root (PAGE_PORT=7001; DISCORD_TOKEN=…, OPENAI_API_KEY=…)
	$(READY)
	@$(PY) -m botpod_local try --page-port $(PAGE_PORT)

.PHONY: demo
demo: .venv/.synced ## a cluster, the operator and a bot to talk to; prints the page's address
	@$(PY) -m botpod_local demo

.PHONY: down
down: $(TRY_ENVIRONMENT) ## end what `make try` and `make demo` started and leave nothing behind but the cache
	$(READY)
	@$(PY) -m botpod_local down

.PHONY: kubeconfig
kubeconfig: .venv/.synced ## print the path of the demo cluster's kubeconfig
	$(READY)
	@$(PY) -m botpod_local kubeconfig

.PHONY: generate
generate: .venv/.synced ## write the CRDs, the reference pages and the dashboards from their code
	$(READY)
	@$(PY) -m botpod_operator.generate crds charts/botpod/files/crds docs/reference
	@$(PY) -m botpod_local chart generate

.PHONY: check
check: .venv/.synced ## lint, format, types, layers, lock, generated files, chart
	$(READY)
	@UV=$(UV) $(RUN)/check.py

.PHONY: test
test: .venv/.synced ## everything: unit, contract, stand-ins, a browser, a cluster of its own (PARTS="unit e2e" for less)
	$(READY)
	@$(RUN)/everything.py --workers $(WORKERS) $(PARTS)

.PHONY: requirements
requirements: .venv/.synced ## list which requirements tests, gates and benches show, which partly, which not
	$(READY)
	@$(PY) -m pytest tests -q --requirements $(REQUIREMENTS) || test $$? -eq 5

.PHONY: bench-bot
bench-bot: .venv/.synced ## measure bot processes beside stock nextcord's; JSON, one figure a line
	$(READY)
	@for bench in bot_start rest replies sessions; do \
		$(BENCH) $$bench python tests/bench/bot/bench_$$bench.py; \
	done

.PHONY: bench-chat
bench-chat: .venv/.synced ## measure what a model's answer costs beside the bare calls, and how many come out
	$(READY)
	@PYTHONPATH=tests/plugins:tests/bench:tests/bench/bot $(PY) tests/run/bench.py chat python tests/bench/bot/bench_chat.py

.PHONY: bench-operator
bench-operator: .venv/.synced ## measure the operator with 1,000 bots whose pods have no containers
	$(READY)
	@$(BENCH) operator python tests/bench/operator/bench_operator.py

.PHONY: bench-continuity
bench-continuity: .venv/.synced ## measure what people notice when pods are restarted, killed, scaled (STORIES="roll kill"; PLAYERS=processes is quicker; KEEP=directory for records and logs)
	$(READY)
	@$(BENCH) continuity python tests/bench/continuity/bench_continuity.py --players $(PLAYERS) $(if $(KEEP),--keep $(KEEP)) $(STORIES)

.PHONY: bench-interactions
bench-interactions: .venv/.synced ## measure slash commands over HTTP while pods are replaced: 10,000 of them
	$(READY)
	@$(BENCH) interactions python tests/bench/continuity/bench_interactions.py

.PHONY: bench-contact
bench-contact: .venv/.synced ## measure what whoever comes first waits for: a fresh clone's way to an answer, and what a bare machine lacks
	$(READY)
	@PYTHONPATH=tests/plugins:tests/bench:tests/bench/contact $(PY) tests/run/bench.py contact python tests/bench/contact/bench_contact.py

.PHONY: bench-walls
bench-walls: .venv/.synced ## measure what attackers get, and what others notice of floods, slow peers and hostile services
	$(READY)
	@PYTHONPATH=tests/plugins:tests/bench:tests/bench/bot:tests/bench/operator:tests/bench/walls $(PY) tests/run/bench.py walls python tests/bench/walls/bench_walls.py

.PHONY: soak
soak: .venv/.synced ## talk to a bot process for half an hour: its memory must not grow
	$(READY)
	@$(BENCH) soak python tests/soak/soak_bot.py --minutes $(MINUTES)

.PHONY: soak-operator
soak-operator: .venv/.synced ## swing spec.replicas for half an hour through restarts of the operator, which may never write it
	$(READY)
	@PYTHONPATH=tests/plugins:tests/bench:tests/bench/operator $(PY) tests/run/bench.py soak_operator python tests/soak/soak_operator.py --minutes $(MINUTES)

.PHONY: bench
bench: bench-bot bench-chat bench-operator bench-continuity bench-interactions bench-contact bench-walls ## measure everything there is a bench for
