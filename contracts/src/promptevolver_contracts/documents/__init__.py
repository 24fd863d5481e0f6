"""The contracts as documents: JSON Schemas, AsyncAPI, and the list of golden samples.

`python -m promptevolver_contracts.documents DIR` writes them, `--check` only compares.
"""

from promptevolver_contracts.documents.asyncapi import PARAMETERS, asyncapi
from promptevolver_contracts.documents.command import main
from promptevolver_contracts.documents.files import (
    MANIFEST,
    contents,
    differences,
    manifest,
    read_manifest,
    write,
)
from promptevolver_contracts.documents.messages import (
    EVENTS,
    FOLLOWERS,
    QUERIES,
    consumers,
    covers,
    message_schemas,
    messages,
    query_name,
)

__all__ = [
    "EVENTS",
    "FOLLOWERS",
    "MANIFEST",
    "PARAMETERS",
    "QUERIES",
    "asyncapi",
    "consumers",
    "contents",
    "covers",
    "differences",
    "main",
    "manifest",
    "message_schemas",
    "messages",
    "query_name",
    "read_manifest",
    "write",
]
