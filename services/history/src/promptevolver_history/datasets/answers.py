"""What is answered about datasets."""

from promptevolver_contracts import dataset_library as d
from promptevolver_contracts import subjects

from promptevolver_history.answers import Answer, Answers
from promptevolver_history.database import Database
from promptevolver_history.datasets.contents import DatasetStore
from promptevolver_history.datasets.differences import Differences
from promptevolver_history.datasets.drafts import Drafts
from promptevolver_history.datasets.library import Library
from promptevolver_history.datasets.quality import QualityCheck
from promptevolver_history.datasets.uploads import Uploads
from promptevolver_history.datasets.versions import Versions


def answers(database: Database) -> Answers:
    """Give the queries with their handlers."""
    contents, library, drafts = DatasetStore(database), Library(database), Drafts(database)
    uploads, versions, quality = Uploads(database), Versions(database), QualityCheck(database)
    return (
        Answer(subjects.PUT_EXAMPLES, contents.put),
        Answer(subjects.GET_DATASET, contents.get),
        Answer(subjects.GET_EXAMPLES, contents.examples),
        Answer(d.FIND_CONTENT, contents.find),
        Answer(d.CREATE_DATASET, library.create),
        Answer(d.READ_DATASET, library.read),
        Answer(d.LIST_DATASETS, library.list),
        Answer(d.CHANGE_DATASET, library.change),
        Answer(d.ARCHIVE_DATASET, library.archive),
        Answer(d.LIST_ITEMS, drafts.list),
        Answer(d.READ_ITEM, drafts.read),
        Answer(d.PUT_ITEM, drafts.put),
        Answer(d.DELETE_ITEM, drafts.delete),
        Answer(d.RESET_DRAFT, drafts.reset),
        Answer(d.ASSIGN_SPLITS, drafts.assign_splits, heavy=True),
        Answer(d.UNSEAL_ITEMS, drafts.unseal),
        Answer(d.BEGIN_UPLOAD, uploads.begin),
        Answer(d.STAGE_EXAMPLES, uploads.stage),
        Answer(d.FINISH_UPLOAD, uploads.finish),
        Answer(d.DISCARD_UPLOAD, uploads.discard),
        Answer(d.COMMIT_DRAFT, versions.commit, heavy=True),
        Answer(d.LIST_DATASET_VERSIONS, versions.list),
        Answer(d.READ_DATASET_VERSION, versions.read),
        Answer(d.COMPARE_VERSIONS, Differences(database).compare, heavy=True),
        Answer(d.CHECK_QUALITY, quality.check, heavy=True),
        Answer(d.DESCRIBE_COLUMNS, quality.columns),
    )
