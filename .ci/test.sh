#!/usr/bin/env bash
# The whole test run. Every part runs, so that one call shows everything that is wrong.
# pytest ends with 5 when it found no test, so an empty part fails too.
set -uo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
# Tests start hundreds of processes; without kept bytecode each compiles all that it imports.
unset PYTHONDONTWRITEBYTECODE
select="not bench and not study"
failed=()

part() {
    local name=$1
    shift
    "$@" || failed+=("$name")
}

purity() {
    local pure
    pure=$(paste -sd, .ci/pure-code.txt)
    echo "== branch coverage of the pure code"
    coverage report --skip-covered --include="$pure" &&
        coverage json -q -o - --include="$pure" | python .ci/branches.py 90
}

part static bash .ci/check.sh --static
part "unit, contract, integration" \
    pytest -q -m "$select" -n "${TEST_WORKERS:-2}" --dist loadfile \
    --cov --cov-report=xml --cov-report=term:skip-covered tests/unit tests/contract tests/integration
# Whole stacks are watched under load and faults: one at a time. Their processes are their own, so
# there is no coverage to measure here.
part "e2e, chaos" pytest -q -m "$select" --timeout=300 tests/e2e tests/chaos
part coverage purity

if [ ${#failed[@]} -gt 0 ]; then
    printf 'failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
