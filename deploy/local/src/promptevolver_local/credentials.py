"""Passwords of the embedded broker's users, made once for each data folder."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from promptevolver_runtime.permissions import USERS


def broker_passwords(folder: Path) -> Mapping[str, str]:
    """Give the password of each user; only the owner of the folder may read their file."""
    file = folder / "credentials.json"
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = [user for user in USERS if user not in known]
    if missing:
        known |= {user: secrets.token_urlsafe(24) for user in missing}
        folder.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".tmp")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as writer:
            json.dump(known, writer)
        draft.replace(file)
    return known
