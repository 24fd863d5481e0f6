"""Free ports of the loopback interface."""

import secrets
import socket

_FIRST, _COUNT = 20_000, 12_000
_given: set[int] = set()


def free_port() -> int:
    """Pick a free port below the range from which systems take the ports of outgoing connections.

    So nobody takes it while a server that is to have it again is down, and a client that keeps
    knocking cannot connect to itself. A process gets each port once: what a port is picked for may
    listen much later. Raises OSError when no port is free.
    """
    for _ in range(1000):
        port = _FIRST + secrets.randbelow(_COUNT)
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise OSError("no free port on 127.0.0.1")


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
