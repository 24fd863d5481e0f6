"""Runs the simulated provider until SIGTERM or SIGINT."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from promptevolver_local.provider.faults import FaultSettings
from promptevolver_local.provider.landscape import LandscapeError, load_landscape
from promptevolver_local.provider.request_log import RequestLog
from promptevolver_local.provider.server import SimulatedProvider


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("promptevolver-simulated-provider", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--landscape", type=Path, nargs="+", action="extend", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--latency-ms", type=float, help="mean, instead of the faults' own")
    parser.add_argument("--faults", default="{}", help="fault settings as JSON")
    parser.add_argument("--api-key", help="refuse any other with 401")
    parser.add_argument("--ports-file", type=Path, help="is given the chosen port as JSON")
    parser.add_argument("--log", type=Path, help="append one JSON line per request")
    return parser.parse_args(argv)


async def _serve(options: argparse.Namespace) -> None:
    faults = json.loads(options.faults)
    if options.latency_ms is not None:
        faults["latency_ms"] = options.latency_ms
    log = RequestLog(options.log)
    provider = SimulatedProvider(
        [load_landscape(path) for path in options.landscape],
        seed=options.seed,
        faults=FaultSettings.model_validate(faults),
        log=log,
        api_key=options.api_key,
    )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(provider.application(), access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, options.host, options.port, backlog=1024).start()
        port = runner.addresses[0][1]
        if options.ports_file is not None:
            _write_whole(options.ports_file, json.dumps({"provider": port}))
        sys.stdout.write(f"simulated provider on http://{options.host}:{port}/v1\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await runner.cleanup()
        log.close()


def _write_whole(path: Path, text: str) -> None:
    """Let readers see either no file or the whole one."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, "utf-8")
    partial.replace(path)


def main(argv: Sequence[str] | None = None) -> None:
    options = _arguments(argv)
    try:
        asyncio.run(_serve(options))
    except (LandscapeError, ValueError) as error:
        raise SystemExit(f"simulated provider: {error}") from error


if __name__ == "__main__":
    main()
