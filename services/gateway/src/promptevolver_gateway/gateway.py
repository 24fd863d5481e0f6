"""The parts that routes use, put together."""

from dataclasses import dataclass
from typing import Annotated, Self

from fastapi import Depends, Request
from promptevolver_contracts.ids import RunId

from promptevolver_gateway.access.access import Access
from promptevolver_gateway.access.callers import Callers
from promptevolver_gateway.admission import Admission
from promptevolver_gateway.answers import Links
from promptevolver_gateway.bus import Bus
from promptevolver_gateway.catalogues import Catalogues
from promptevolver_gateway.commands import RunCommands
from promptevolver_gateway.datasets import DatasetStore
from promptevolver_gateway.descendants import Descendants
from promptevolver_gateway.held import HeldBodies
from promptevolver_gateway.intake import Intake
from promptevolver_gateway.live.hub import Live
from promptevolver_gateway.live.tickets import Tickets
from promptevolver_gateway.metrics import Metrics
from promptevolver_gateway.settings import Settings

PREFIX = "/api/v1"


@dataclass(frozen=True)
class Gateway:
    """Everything behind the routes."""

    settings: Settings
    bus: Bus
    admission: Admission
    commands: RunCommands
    descendants: Descendants
    live: Live
    tickets: Tickets
    metrics: Metrics
    access: Access
    intake: Intake
    bodies: HeldBodies

    @classmethod
    def over(cls, bus: Bus, settings: Settings) -> Self:
        """Put the parts together over a bus."""
        live = Live(bus, settings)
        access = Access.over(bus, settings)
        access.directory.on_change(live.hear)
        admission = Admission(bus, settings)
        intake = Intake(
            settings.max_uploads, settings.max_uploads_per_caller, settings.max_spooled_bytes
        )
        bodies = HeldBodies(settings.max_held_bytes)
        metrics = Metrics()
        metrics.count_bodies(lambda: bodies.bytes)
        metrics.count_uploads(files=lambda: len(intake), size=lambda: intake.bytes)
        metrics.count_live(
            streams=lambda: len(live.seats),
            subscriptions=lambda: live.subscriptions,
            feeds=lambda: live.feeds,
        )
        return cls(
            settings=settings,
            bus=bus,
            admission=admission,
            commands=RunCommands(
                bus,
                settings,
                Catalogues(bus, settings.catalogue_ttl_s),
                DatasetStore(bus),
                admission,
            ),
            descendants=Descendants(bus),
            live=live,
            tickets=Tickets(bus, settings.ticket_s, Callers(access)),
            metrics=metrics,
            access=access,
            intake=intake,
            bodies=bodies,
        )


async def _of(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


Parts = Annotated[Gateway, Depends(_of)]


def links(run_id: RunId) -> Links:
    """Say where a run's answers are."""
    task = f"{PREFIX}/optimize/{run_id}"
    actions = ("cancel", "pause", "resume", "top_up", "candidates", "outcomes", "export")
    return {
        "self": task,
        "events": f"{PREFIX}/runs/{run_id}/events",
        **{action: f"{task}/{action}" for action in actions},
        **{way: f"{PREFIX}/runs/{run_id}/{way}" for way in ("rerun", "fork", "continue")},
    }
