# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on templates, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import templates, templates_versions
from promptevolver_client.resource import Method, Resource


class Templates(Resource[Connection]):
    """Operations on templates."""

    copy = Method(templates.copy, Connection.answer)
    """Copy a template."""
    create = Method(templates.create, Connection.answer)
    """Make a template."""
    create_run = Method(templates.create_run, Connection.answer)
    """Run a template."""
    delete = Method(templates.delete, Connection.done)
    """Delete a template."""
    get = Method(templates.get, Connection.answer)
    """Read a template."""
    get_version = Method(templates_versions.get_version, Connection.answer)
    """Read a version of a template."""
    instantiate = Method(templates.instantiate, Connection.answer)
    """Fill a template in."""
    list = Method(templates.list, Connection.answer)
    """List templates."""
    iterate = Method(templates.list, Connection.entries)
    """Page by page, all of them: list templates."""
    put = Method(templates.put, Connection.answer)
    """Change a template."""
    versions = Method(templates_versions.versions, Connection.answer)
    """List versions of a template."""
    iterate_versions = Method(templates_versions.versions, Connection.entries)
    """Page by page, all of them: list versions of a template."""
