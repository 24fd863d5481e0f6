#!/usr/bin/env bash
# The whole test run. pytest ends with 5 when it found no test, so an empty part fails too.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
select="not bench and not study"

bash .ci/check.sh --static
pytest -q -m "$select" -n "${TEST_WORKERS:-2}" --dist loadfile --cov --cov-report= \
    tests/unit tests/contract tests/integration
# Whole stacks are watched under load and faults: one at a time.
pytest -q -m "$select" --timeout=300 --cov --cov-append --cov-report=xml --cov-report=term:skip-covered \
    tests/e2e tests/chaos
echo "== branch coverage of the pure code"
pure=$(paste -sd, .ci/pure-code.txt)
coverage report --skip-covered --include="$pure"
coverage json -q -o - --include="$pure" | python .ci/branches.py 90
