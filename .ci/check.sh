#!/usr/bin/env bash
# Static checks, then (unless called with --static) the unit and contract tests. All steps run,
# so that one call shows everything that is wrong.
set -uo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
failed=()

step() {
    local name=$1
    shift
    echo "== $name"
    "$@" || failed+=("$name")
}

step format ruff format --check --quiet .
step lint ruff check --quiet .
step types mypy contracts/src libs/*/src services/*/src clients/python/src clients/python/derive.py cli/src deploy/local/src docs tests
step imports lint-imports
step documents bash .ci/documents.sh --check
if [ "${1:-}" != --static ]; then
    step tests pytest -q tests/unit tests/contract
fi

if [ ${#failed[@]} -gt 0 ]; then
    echo "failed: ${failed[*]}" >&2
    exit 1
fi
