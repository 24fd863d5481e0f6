"""Reading runs from all sides, and what people say of them."""

from promptevolver_contracts import history

from promptevolver_history.answers import Answer, Answers
from promptevolver_history.database import Database
from promptevolver_history.runs.annotations import Annotations
from promptevolver_history.runs.candidates import CandidateReader
from promptevolver_history.runs.saved_views import SavedViews
from promptevolver_history.runs.search import RunSearch
from promptevolver_history.runs.spending import SpendReader


def answers(database: Database) -> Answers:
    """Give what is answered about the history of runs."""
    search, candidates = RunSearch(database), CandidateReader(database)
    annotations, views = Annotations(database), SavedViews(database)
    return (
        Answer(history.SEARCH_RUNS, search.runs),
        Answer(history.SEARCH_CANDIDATES, search.candidates),
        Answer(history.SEARCH_OUTCOMES, search.outcomes),
        Answer(history.SEARCH_MUTATIONS, search.mutations),
        Answer(history.SEARCH_EVENTS, search.events),
        Answer(history.GET_RUN_ENTRY, search.run),
        Answer(history.GET_FACETS, search.facets),
        Answer(history.GET_CANDIDATE, candidates.candidate),
        Answer(history.GET_LINEAGE, candidates.lineage),
        Answer(history.GET_SPEND, SpendReader(database).spend),
        Answer(history.ANNOTATE_RUN, annotations.annotate),
        Answer(history.SAVE_VIEW, views.save),
        Answer(history.GET_SAVED_VIEW, views.get),
        Answer(history.DELETE_SAVED_VIEW, views.delete),
        Answer(history.LIST_SAVED_VIEWS, views.list),
    )
