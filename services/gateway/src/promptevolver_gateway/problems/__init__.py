"""Errors as callers see them: RFC 9457 problem details, made in one place."""

from promptevolver_gateway.problems.answers import MEDIA_TYPE, ProblemBody, render
from promptevolver_gateway.problems.documentation import documented
from promptevolver_gateway.problems.problem import (
    MOST_ERRORS,
    STATUS,
    BodyRefused,
    Problem,
    internal,
    title,
)

__all__ = [
    "MEDIA_TYPE",
    "MOST_ERRORS",
    "STATUS",
    "BodyRefused",
    "Problem",
    "ProblemBody",
    "documented",
    "internal",
    "render",
    "title",
]
