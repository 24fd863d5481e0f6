#!/usr/bin/env bash
# Writes what is generated from the code, or with --check says what is no longer up to date.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python -m promptevolver_contracts.documents contracts/schemas "$@"
.venv/bin/python -m promptevolver_runtime.permissions deploy/nats-users.conf "$@"
.venv/bin/python docs/generate.py "$@"
.venv/bin/python docs/http_requests.py "$@"
.venv/bin/python clients/python/derive.py "$@"
