"""What people say about outputs, candidates and prompt versions, and what becomes of it."""

from promptevolver_contracts.feedback import agreement, notes, opinions
from promptevolver_contracts.feedback.agreement import (
    MEASURE_AGREEMENT,
    AgreementView,
    MeasureAgreement,
    RatedOutput,
)
from promptevolver_contracts.feedback.notes import (
    LIST_NOTES,
    LIST_RUN_NOTES,
    FeedbackKind,
    FeedbackNote,
    ListNotes,
    ListRunNotes,
    NotePage,
    UsedNote,
    UsedNotePage,
)
from promptevolver_contracts.feedback.opinions import (
    GET_FEEDBACK,
    GIVE_FEEDBACK,
    LIST_FEEDBACK,
    WITHDRAW_FEEDBACK,
    About,
    DraftItem,
    FeedbackPage,
    FeedbackTarget,
    FeedbackView,
    GetFeedback,
    GiveFeedback,
    ListFeedback,
    Opinion,
    WithdrawFeedback,
)
from promptevolver_contracts.rpc import Queries

QUERIES: Queries = (
    *notes.QUERIES,
    *opinions.QUERIES,
    *agreement.QUERIES,
)

__all__ = [
    "GET_FEEDBACK",
    "GIVE_FEEDBACK",
    "LIST_FEEDBACK",
    "LIST_NOTES",
    "LIST_RUN_NOTES",
    "MEASURE_AGREEMENT",
    "QUERIES",
    "WITHDRAW_FEEDBACK",
    "About",
    "AgreementView",
    "DraftItem",
    "FeedbackKind",
    "FeedbackNote",
    "FeedbackPage",
    "FeedbackTarget",
    "FeedbackView",
    "GetFeedback",
    "GiveFeedback",
    "ListFeedback",
    "ListNotes",
    "ListRunNotes",
    "MeasureAgreement",
    "NotePage",
    "Opinion",
    "RatedOutput",
    "UsedNote",
    "UsedNotePage",
    "WithdrawFeedback",
]
