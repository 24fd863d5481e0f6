"""Operations on prompts, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import prompts, prompts_labels, prompts_versions
from promptevolver_client.resource import Method, Resource


class AsyncPrompts(Resource[AsyncConnection]):
    """Operations on prompts."""

    create = Method(prompts.create, AsyncConnection.answer)
    """Make a prompt."""
    create_version = Method(prompts_versions.create_version, AsyncConnection.answer)
    """Make a version."""
    delete = Method(prompts.delete, AsyncConnection.done)
    """Delete a prompt."""
    delete_label = Method(prompts_labels.delete_label, AsyncConnection.answer)
    """Remove a label."""
    get = Method(prompts.get, AsyncConnection.answer)
    """Read a prompt."""
    get_label = Method(prompts_labels.get_label, AsyncConnection.answer)
    """Fetch the version of a label."""
    get_version = Method(prompts_versions.get_version, AsyncConnection.answer)
    """Read a version."""
    get_version_diff = Method(prompts_versions.get_version_diff, AsyncConnection.answer)
    """Compare versions."""
    label_history = Method(prompts_labels.label_history, AsyncConnection.answer)
    """List the moves of a label."""
    iterate_label_history = Method(prompts_labels.label_history, AsyncConnection.entries)
    """Page by page, all of them: list the moves of a label."""
    list = Method(prompts.list, AsyncConnection.answer)
    """List prompts."""
    iterate = Method(prompts.list, AsyncConnection.entries)
    """Page by page, all of them: list prompts."""
    promote = Method(prompts.promote, AsyncConnection.answer)
    """Promote what a run found."""
    put_label = Method(prompts_labels.put_label, AsyncConnection.answer)
    """Move a label."""
    rollback = Method(prompts.rollback, AsyncConnection.answer)
    """Roll a label back."""
    update = Method(prompts.update, AsyncConnection.answer)
    """Change a prompt."""
    version_render = Method(prompts_versions.version_render, AsyncConnection.answer)
    """Fill a version."""
    versions = Method(prompts_versions.versions, AsyncConnection.answer)
    """List versions."""
    iterate_versions = Method(prompts_versions.versions, AsyncConnection.entries)
    """Page by page, all of them: list versions."""
