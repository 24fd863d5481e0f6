"""The users of the broker as nats-server's configuration spells them.

`python -m promptevolver_runtime.permissions FILE` writes the file that a deployment includes, with
passwords from the server's environment; `--check` only compares.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from promptevolver_contracts.permissions import (
    ADMIN,
    SERVICE_USERS,
    Permissions,
    inbox_prefix,
)

USERS = (ADMIN, *(each.user for each in SERVICE_USERS))
_ANSWER_S = 300


def users(passwords: Mapping[str, str]) -> str:
    """Spell the `authorization` block; `passwords` holds one for each of `USERS`."""
    blocks = [f"    {{ user: {ADMIN}, password: {passwords[ADMIN]} }}"]
    blocks += [_user(each, passwords[each.user]) for each in SERVICE_USERS]
    return "authorization {\n  users: [\n" + "\n".join(blocks) + "\n  ]\n}\n"


def _user(permissions: Permissions, password: str) -> str:
    publish = _subjects("allow", permissions.publish)
    if permissions.deny_publish:
        publish += "\n" + _subjects("deny", permissions.deny_publish)
    inbox = f"{inbox_prefix(permissions.user)}.>"
    return (
        f"    {{ user: {permissions.user}, password: {password}, permissions: {{\n"
        f"      publish: {{\n{publish}\n      }}\n"
        f"      subscribe: {{\n{_subjects('allow', (inbox, *permissions.subscribe))}\n      }}\n"
        f'      allow_responses: {{ max: 1, expires: "{_ANSWER_S}s" }}\n'
        f"    }} }}"
    )


def _subjects(kind: str, subjects: tuple[str, ...]) -> str:
    lines = "\n".join(f"          {json.dumps(subject)}" for subject in dict.fromkeys(subjects))
    return f"        {kind}: [\n{lines}\n        ]"


def from_environment() -> str:
    """Spell the block with each password from `PROMPTEVOLVER_NATS_PASSWORD_<USER>`."""
    head = "# Written by `make schemas`; who may do what is in the contracts.\n"
    return head + users({user: f"$PROMPTEVOLVER_NATS_PASSWORD_{user.upper()}" for user in USERS})


def main() -> None:
    """Write or compare the file."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    arguments = parser.parse_args()
    wanted = from_environment()
    if not arguments.check:
        arguments.file.write_text(wanted, "utf-8")
    elif not arguments.file.exists() or arguments.file.read_text("utf-8") != wanted:
        raise SystemExit(f"out of date: {arguments.file}; run `make schemas`")


if __name__ == "__main__":
    main()
