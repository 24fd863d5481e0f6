# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on prompts, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import prompts, prompts_labels, prompts_versions
from promptevolver_client.resource import Method, Resource


class Prompts(Resource[Connection]):
    """Operations on prompts."""

    create = Method(prompts.create, Connection.answer)
    """Make a prompt."""
    create_version = Method(prompts_versions.create_version, Connection.answer)
    """Make a version."""
    delete = Method(prompts.delete, Connection.done)
    """Delete a prompt."""
    delete_label = Method(prompts_labels.delete_label, Connection.answer)
    """Remove a label."""
    get = Method(prompts.get, Connection.answer)
    """Read a prompt."""
    get_label = Method(prompts_labels.get_label, Connection.answer)
    """Fetch the version of a label."""
    get_version = Method(prompts_versions.get_version, Connection.answer)
    """Read a version."""
    get_version_diff = Method(prompts_versions.get_version_diff, Connection.answer)
    """Compare versions."""
    label_history = Method(prompts_labels.label_history, Connection.answer)
    """List the moves of a label."""
    iterate_label_history = Method(prompts_labels.label_history, Connection.entries)
    """Page by page, all of them: list the moves of a label."""
    list = Method(prompts.list, Connection.answer)
    """List prompts."""
    iterate = Method(prompts.list, Connection.entries)
    """Page by page, all of them: list prompts."""
    promote = Method(prompts.promote, Connection.answer)
    """Promote what a run found."""
    put_label = Method(prompts_labels.put_label, Connection.answer)
    """Move a label."""
    rollback = Method(prompts.rollback, Connection.answer)
    """Roll a label back."""
    update = Method(prompts.update, Connection.answer)
    """Change a prompt."""
    version_render = Method(prompts_versions.version_render, Connection.answer)
    """Fill a version."""
    versions = Method(prompts_versions.versions, Connection.answer)
    """List versions."""
    iterate_versions = Method(prompts_versions.versions, Connection.entries)
    """Page by page, all of them: list versions."""
