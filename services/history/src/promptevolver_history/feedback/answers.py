"""What is answered about feedback."""

from promptevolver_contracts import feedback as f

from promptevolver_history.answers import Answer, Answers
from promptevolver_history.database import Database
from promptevolver_history.feedback.calibration import Calibration
from promptevolver_history.feedback.notes import Notes
from promptevolver_history.feedback.opinions import Opinions


def answers(database: Database) -> Answers:
    """Give the queries with their handlers."""
    opinions, notes, calibration = Opinions(database), Notes(database), Calibration(database)
    return (
        Answer(f.GIVE_FEEDBACK, opinions.give),
        Answer(f.GET_FEEDBACK, opinions.get),
        Answer(f.LIST_FEEDBACK, opinions.list),
        Answer(f.WITHDRAW_FEEDBACK, opinions.withdraw),
        Answer(f.LIST_NOTES, notes.list),
        Answer(f.LIST_RUN_NOTES, notes.of_run),
        Answer(f.MEASURE_AGREEMENT, calibration.measure),
    )
