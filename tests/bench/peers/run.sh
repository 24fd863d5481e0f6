#!/usr/bin/env bash
# Measures other tools beside an evaluator. They get an environment of their own, made once, so
# that nothing of theirs comes near the product's.
set -euo pipefail
cd "$(dirname "$0")/../../.."
peers=var/bench-peers
if ! cmp -s tests/bench/peers/requirements.txt "$peers/installed.txt"; then
    .venv/bin/python -m venv --clear "$peers"
    "$peers/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement tests/bench/peers/requirements.txt
    cp tests/bench/peers/requirements.txt "$peers/installed.txt"
fi
PYTHONPATH=tests exec .venv/bin/python -m bench.peers.measure "$peers/bin/python"
