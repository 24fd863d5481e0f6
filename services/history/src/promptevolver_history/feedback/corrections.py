"""A correction becomes an item of a dataset's draft, for a person to commit."""

from dataclasses import dataclass

from promptevolver_contracts.dataset_library import DraftExample
from promptevolver_contracts.feedback import DraftItem, GiveFeedback
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_history.database import Session
from promptevolver_history.datasets.drafts import add_draft_item
from promptevolver_history.feedback.subjects import Subject


@dataclass(frozen=True, slots=True)
class Drafted:
    """The item, or why there is none."""

    item: DraftItem | None = None
    note: str | None = None


async def drafted(session: Session, question: GiveFeedback, subject: Subject) -> Drafted:
    """Put a correction into a draft, where there is one to take it and the giver may change it.

    An item that is no longer what the run used stays as it is: somebody has edited it since, and
    their work is not overwritten.
    """
    if question.opinion.correction is None:
        return Drafted()
    if subject.inputs is None:
        return Drafted(note="the inputs are not known; send 'inputs' with the feedback")
    dataset_id = question.dataset_id or await session.value(
        "find_dataset_of_set", question.project, subject.set_id
    )
    if dataset_id is None:
        return Drafted(note="no dataset has the run's examples; name one in 'dataset_id'")
    if not question.may_draft:
        return Drafted(note="data:write is needed to put it into a dataset's draft")
    own = subject.about.example_id is not None and question.dataset_id is None
    example = DraftExample(
        id=subject.about.example_id if own and subject.about.example_id else _id(question),
        inputs=subject.inputs,
        expected=question.opinion.correction,
        split=subject.split if own else "train",
    )
    origin = {"feedback_id": question.feedback_id, **_place(subject)}
    try:
        await add_draft_item(
            session,
            question.project,
            dataset_id,
            example,
            origin,
            as_in=subject.set_id if own else None,
            by=question.by,
        )
    except QueryFailed as error:
        if question.dataset_id is not None:
            raise
        return Drafted(note=error.info.detail)
    return Drafted(DraftItem(dataset_id=dataset_id, example_id=example.id))


def _id(question: GiveFeedback) -> str:
    return f"feedback-{question.feedback_id}"


def _place(subject: Subject) -> dict[str, object]:
    return subject.about.model_dump(exclude_none=True, exclude={"repeat"})
