# Every target is one line into a script or module; bootstrap.sh makes .venv when it is needed.
python := @sh deploy/local/bootstrap.sh
option = $(if $($(1)),--$(2) "$($(1))")
stack_options = $(call option,MODEL,model) $(call option,REFLECTION_MODEL,reflection-model) \
	$(call option,JUDGE_MODEL,judge-model) $(call option,LANDSCAPE,landscape) \
	$(call option,EVALUATORS,evaluators) $(call option,VAR,var)
run_options = $(call option,PROGRAM,program) $(call option,DATA,data) $(call option,RUN,run) \
	$(call option,STRATEGY,strategy) $(call option,SEED,seed) \
	$(call option,BUDGET_CALLS,budget-calls) $(call option,BUDGET_TOKENS,budget-tokens) \
	$(call option,BUDGET_USD,budget-usd) $(call option,BUDGET_SECONDS,budget-seconds)

.DEFAULT_GOAL := help

.PHONY: run
run: ## Evolve the example, or your own: PROGRAM=my.yaml DATA=my.jsonl MODEL=openai/…
	$(python) -m promptevolver_local run $(run_options) $(stack_options)

.PHONY: serve
serve: ## Keep the stack up for the API and the command line
	$(python) -m promptevolver_local serve $(stack_options)

.PHONY: test
test: ## Everything that CI runs, with coverage
	$(python) && bash .ci/test.sh

.PHONY: check
check: ## The quick part: format, lint, types, imports, documents, unit and contract tests
	$(python) && bash .ci/check.sh

.PHONY: study
study: ## Long statistical studies of the strategies
	$(python) -m pytest -m study --timeout=0 tests/study

.PHONY: bench
bench: ## Measure; ratios within one run, as JSON and a table
	$(python) -m pytest -m bench --timeout=0 -s tests/bench

.PHONY: bench-peers
bench-peers: ## Measure beside other tools, in an environment of their own
	$(python) && bash tests/bench/peers/run.sh

.PHONY: schemas
schemas: ## Write the generated contracts and references anew
	$(python) && bash .ci/documents.sh

.PHONY: examples
examples: ## Tell the story of the API's examples anew, then write what is made of them
	$(python) && PYTHONPATH=tests .venv/bin/python -m support.story && bash .ci/documents.sh

.PHONY: lock
lock: ## Pin the newest dependencies that fit
	$(python) && bash .ci/lock.sh

.PHONY: fmt
fmt: ## Format and mend what can be mended
	$(python) && .venv/bin/ruff check --quiet --fix-only . && .venv/bin/ruff format .

.PHONY: clean
clean: ## Remove the environment, caches and the local stack's data
	@rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov coverage.xml .coverage*

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
