#!/usr/bin/env bash
# One lock for all platforms: hashes only, no addresses.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
"$uv" lock --quiet "$@"
"$uv" export --quiet --frozen --all-packages --all-groups --no-emit-workspace --no-annotate \
    --no-header --format requirements-txt --output-file requirements.lock >/dev/null
