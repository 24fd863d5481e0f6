"""Where webhooks may be sent: to public addresses, as they are when the connection is made.

The name is resolved and checked by the resolver that the connection itself uses, so a name that
changes its address between a check and the call (DNS rebinding) gains nothing.
"""

import socket
from ipaddress import ip_address

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult


class PrivateAddress(OSError):
    """The name leads into a private network."""


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses. Raises PrivateAddress for any other."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Give the addresses; one private one among them refuses all."""
        found = await self._resolver.resolve(host, port, family)
        for each in found:
            require_public(each["host"])
        return found

    async def close(self) -> None:
        """Have nothing to close."""
        await self._resolver.close()


def require_public(address: str) -> None:
    """Raise PrivateAddress unless the IP address is a public one."""
    parsed = ip_address(address.partition("%")[0])
    embedded = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
    for each in (parsed, embedded):
        if each is not None and (not each.is_global or each.is_multicast):
            raise PrivateAddress(f"{address} is no public address")


def is_literal(host: str) -> bool:
    """Whether a host is an IP address by itself, which no resolver is asked about."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
