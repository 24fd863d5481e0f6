"""Where a webhook may lead; and its secret.

What a name resolves to is checked when it is called, by who calls. Here a request is refused that
could never be allowed, so that its sender hears of it at once.
"""

import base64
import secrets
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from promptevolver_contracts.errors import FieldError
from promptevolver_contracts.webhooks import EVENT_TYPES

_LOCAL_ENDINGS = (".localhost", ".local", ".internal", ".home.arpa")


def url_errors(url: str, *, allow_private: bool) -> Iterator[FieldError]:
    """Say what is wrong with a webhook's URL."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        yield _fault(f"no URL: {error}")
        return
    schemes = ("https", "http") if allow_private else ("https",)
    if parts.scheme not in schemes:
        yield _fault(f"the scheme must be {' or '.join(schemes)}", schemes)
    if not host:
        yield _fault("there is no host in it")
        return
    if parts.username is not None or parts.password is not None:
        yield _fault("leave out user and password; the signature says who calls")
    if not allow_private and _is_private(host):
        yield _fault(
            "it leads into a private network, which this installation does not allow; an operator "
            "allows it by PROMPTEVOLVER_WEBHOOKS_ALLOW_PRIVATE=true"
        )


def event_errors(events: Sequence[str]) -> Iterator[FieldError]:
    """Say which events there are not."""
    nouns = {kind.partition(".")[0] for kind in EVENT_TYPES}
    known = {"*", *EVENT_TYPES, *(f"{noun}.*" for noun in nouns)}
    for position, event in enumerate(events):
        if event not in known:
            yield FieldError(
                pointer=f"/events/{position}",
                message=f"there is no event '{event}'",
                code="unknown_event",
                allowed=tuple(sorted(known)),
            )


def new_secret() -> str:
    """Make a secret as the Standard Webhooks specification spells it: 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        name = host.lower().rstrip(".")
        return name == "localhost" or name.endswith(_LOCAL_ENDINGS)


def _fault(message: str, allowed: tuple[str, ...] | None = None) -> FieldError:
    return FieldError(pointer="/url", message=message, code="invalid_url", allowed=allowed)
