#!/bin/sh
# Makes .venv with the pinned dependencies and the workspace in it, then runs .venv's Python with
# the arguments given, if any. Does nothing when .venv is up to date.
set -eu
cd "$(dirname "$0")/../.."

members="contracts libs/runtime libs/llm libs/statistics services/gateway services/optimizer \
services/evaluator services/history clients/python cli deploy/local"
python=.venv/bin/python
stamp=.venv/installed

fits() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 12) <= sys.version_info < (3, 15))' \
        >/dev/null 2>&1
}

find_python() {
    for name in python3.14 python3.13 python3.12 python3 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3; do
        if fits "$name"; then
            echo "$name"
            return
        fi
    done
    if command -v uv >/dev/null 2>&1; then
        found=$(uv python find '>=3.12,<3.15' 2>/dev/null || true)
        if [ -n "$found" ] && fits "$found"; then
            echo "$found"
            return
        fi
    fi
    cat >&2 <<'END'
PromptEvolver needs Python 3.12, 3.13 or 3.14 (with its venv module), and found none. Get one:
  Debian, Ubuntu   sudo apt install python3.12 python3.12-venv
  Fedora           sudo dnf install python3.12
  macOS            brew install python@3.12
  anywhere         pyenv install 3.12     or     uv python install 3.12
Then run the same command again.
END
    exit 1
}

state() {
    pwd
    for member in $members; do echo "$member/pyproject.toml"; done | xargs cat requirements.lock | cksum
}

# The lock's own uv installs the rest in seconds. It does not read pip's configuration, so a
# machine that reaches packages only through that gets them all by pip.
install() {
    "$python" -m pip --version >/dev/null 2>&1 || "$python" -m ensurepip --upgrade >/dev/null
    pip="$python -m pip --quiet --disable-pip-version-check install"
    awk '/^uv==/ { on = 1 } on { print } on && !/\\$/ { exit }' requirements.lock >.venv/uv.lock
    $pip --require-hashes -r .venv/uv.lock
    if ! UV_HTTP_RETRIES=1 .venv/bin/uv pip install --quiet --python "$python" \
        --require-hashes -r requirements.lock; then
        echo "uv could not fetch the packages; trying pip, which takes longer" >&2
        $pip --require-hashes -r requirements.lock
    fi
    editable=""
    for member in $members; do editable="$editable --editable ./$member"; done
    # shellcheck disable=SC2086 # the words of these lists are arguments
    .venv/bin/uv pip install --quiet --python "$python" --offline --no-deps \
        --no-build-isolation $editable
}

if [ ! -f "$stamp" ] || [ "$(state)" != "$(cat "$stamp")" ]; then
    moved=$([ -f "$stamp" ] && [ "$(head -n 1 "$stamp")" != "$(pwd)" ] && echo yes || true)
    if [ -n "$moved" ] || ! fits "$python"; then
        found=$(find_python)
        echo "making .venv with $("$found" --version)" >&2
        "$found" -m venv --clear .venv
    fi
    echo "installing the pinned dependencies (only when they change)" >&2
    rm -f "$stamp"
    install
    state >"$stamp"
fi
[ $# -eq 0 ] || exec "$python" "$@"
