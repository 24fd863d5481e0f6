"""From messages to rows; pure.

Within a batch events are folded in the order of the stream. Across batches the write queries merge
the rows so that neither repeats nor the order of commits change the result.
"""

from promptevolver_history.projection.changes import Changes
from promptevolver_history.projection.folding import fold

__all__ = ["Changes", "fold"]
