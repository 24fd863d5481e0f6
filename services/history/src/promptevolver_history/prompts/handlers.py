"""What the registry of prompts answers."""

from promptevolver_contracts import prompts as p

from promptevolver_history.answers import Answer, Answers
from promptevolver_history.database import Database
from promptevolver_history.prompts.labels import Labels
from promptevolver_history.prompts.registry import Registry
from promptevolver_history.prompts.versions import Versions


def answers(database: Database) -> Answers:
    """Give the queries with their handlers."""
    registry, versions, labels = Registry(database), Versions(database), Labels(database)
    return (
        Answer(p.CREATE_PROMPT, registry.create),
        Answer(p.GET_PROMPT, registry.get),
        Answer(p.LIST_PROMPTS, registry.list),
        Answer(p.UPDATE_PROMPT, registry.update),
        Answer(p.DELETE_PROMPT, registry.delete),
        Answer(p.ADD_VERSION, versions.add),
        Answer(p.GET_VERSION, versions.get),
        Answer(p.LIST_VERSIONS, versions.list),
        Answer(p.GET_LABELLED, labels.get),
        Answer(p.MOVE_LABEL, labels.move),
        Answer(p.REMOVE_LABEL, labels.remove),
        Answer(p.ROLL_BACK_LABEL, labels.roll_back),
        Answer(p.LIST_MOVES, labels.moves),
        Answer(p.PROMOTE, labels.promote),
    )
