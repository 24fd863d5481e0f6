"""Operations on templates, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import templates, templates_versions
from promptevolver_client.resource import Method, Resource


class AsyncTemplates(Resource[AsyncConnection]):
    """Operations on templates."""

    copy = Method(templates.copy, AsyncConnection.answer)
    """Copy a template."""
    create = Method(templates.create, AsyncConnection.answer)
    """Make a template."""
    create_run = Method(templates.create_run, AsyncConnection.answer)
    """Run a template."""
    delete = Method(templates.delete, AsyncConnection.done)
    """Delete a template."""
    get = Method(templates.get, AsyncConnection.answer)
    """Read a template."""
    get_version = Method(templates_versions.get_version, AsyncConnection.answer)
    """Read a version of a template."""
    instantiate = Method(templates.instantiate, AsyncConnection.answer)
    """Fill a template in."""
    list = Method(templates.list, AsyncConnection.answer)
    """List templates."""
    iterate = Method(templates.list, AsyncConnection.entries)
    """Page by page, all of them: list templates."""
    put = Method(templates.put, AsyncConnection.answer)
    """Change a template."""
    versions = Method(templates_versions.versions, AsyncConnection.answer)
    """List versions of a template."""
    iterate_versions = Method(templates_versions.versions, AsyncConnection.entries)
    """Page by page, all of them: list versions of a template."""
