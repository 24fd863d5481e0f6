"""Does the jobs of a database and tells what memory that took: `python -m bench.exporting URL`."""

import asyncio
import json
import resource
import sys
import time

from promptevolver_history.database import Database
from promptevolver_history.jobs.worker import Workers
from promptevolver_history.settings import Settings
from pydantic import SecretStr


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _nowhere(_run_id: str) -> bool:
    return False


async def _work(url: str) -> None:
    settings = Settings(database_url=SecretStr(url), statement_timeout_s=600)
    database = await Database.open(settings)
    workers = Workers(settings, _nowhere)
    await workers.round(database)
    idle, started, cpu = _peak_mib(), time.perf_counter(), time.process_time()
    await workers.round(database)
    found = {
        "idle_mib": round(idle),
        "peak_mib": round(_peak_mib()),
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_s": round(time.process_time() - cpu, 1),
    }
    await database.close()
    print(json.dumps(found))  # noqa: T201  the answer


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1]))
