"""The one way from the gateway to the rest: the broker, behind a small port."""

from promptevolver_gateway.bus.nats import NatsBus
from promptevolver_gateway.bus.port import Bus, Entry, Load, Stored
from promptevolver_gateway.bus.subjects import LIFECYCLE, watched_subjects

__all__ = ["LIFECYCLE", "Bus", "Entry", "Load", "NatsBus", "Stored", "watched_subjects"]
