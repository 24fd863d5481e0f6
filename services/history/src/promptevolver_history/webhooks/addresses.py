"""Where webhooks may be sent: to public addresses, as they are when the connection is made.

The name is resolved and checked by the resolver that the connection itself uses, so a name that
changes its address between a check and the call (DNS rebinding) gains nothing.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

_EMBEDDING = (
    IPv6Network("::/96"),
    IPv6Network("::ffff:0:0/96"),
    IPv6Network("::ffff:0:0:0/96"),
    IPv6Network("64:ff9b::/96"),
)
"""An IPv4 address is the end of these: as it was once spelled, mapped, translated, by NAT64."""

_INSIDE = (IPv6Network("64:ff9b:1::/48"), IPv6Network("fec0::/10"))
"""Of a site alone, and not among what Python knows to be."""


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
    for each in (parsed, _embedded(parsed)):
        if each is not None and not _is_public(each):
            raise PrivateAddress(f"{address} is no public address")


def _embedded(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    if not isinstance(address, IPv6Address):
        return None
    if any(address in network for network in _EMBEDDING):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.sixtofour


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if not address.is_global or address.is_multicast:
        return False
    return not any(address in network for network in _INSIDE)


def is_literal(host: str) -> bool:
    """Whether a host is an IP address by itself, which no resolver is asked about."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
