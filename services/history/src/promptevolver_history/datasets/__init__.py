"""Datasets: contents by their hash, and named datasets with drafts and versions of them.

They come from people, so no rebuild ever touches them.
"""

from promptevolver_history.datasets.answers import answers
from promptevolver_history.datasets.drafts import add_draft_item

__all__ = ["add_draft_item", "answers"]
