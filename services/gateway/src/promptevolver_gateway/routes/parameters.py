"""Parameters that several routes take."""

from typing import Annotated

from fastapi import Header, Path, Query
from promptevolver_contracts.ids import CandidateId, RunId

from promptevolver_gateway.schemas import RUN_ID

TaskId = Annotated[RunId, Path(pattern=RUN_ID, description="Id of the run")]
RunPath = Annotated[RunId, Path(pattern=RUN_ID, description="Id of the run")]
CandidatePath = Annotated[CandidateId, Path(pattern=RUN_ID, description="Id of the candidate")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        description="A request sent again with the same key counts once; use a fresh UUID",
    ),
]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before")]
Limit = Annotated[int, Query(ge=1, le=200, description="Entries of one page")]
