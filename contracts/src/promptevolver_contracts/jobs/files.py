"""What goes into a job and what it makes, part by part."""

from pydantic import ConfigDict, Field

from promptevolver_contracts.base import Part
from promptevolver_contracts.jobs.register import Job, JobQuestion
from promptevolver_contracts.rpc import Queries, query

PART_BYTES = 180_000
"""Files are kept and sent in parts of this size: as Base64, one fits into a message."""


class Content(JobQuestion):
    """A piece of a file, Base64 in JSON."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


class PutJobInput(Content):
    """Send a part of what is to be imported; the last one lets the job begin."""

    number: int = Field(ge=0)
    content: bytes = Field(max_length=PART_BYTES)
    last: bool


class ReadJobFile(JobQuestion):
    """Ask for a part of what a job made."""

    number: int = Field(ge=0)


class JobFilePart(Part):
    """A part of a file."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    content: bytes


PUT_JOB_INPUT = query("rpc.history.put_job_input", PutJobInput, Job)
READ_JOB_FILE = query("rpc.history.read_job_file", ReadJobFile, JobFilePart)

QUERIES: Queries = (
    PUT_JOB_INPUT,
    READ_JOB_FILE,
)
