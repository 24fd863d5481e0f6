# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on projects, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import projects, projects_members
from promptevolver_client.resource import Method, Resource


class Projects(Resource[Connection]):
    """Operations on projects."""

    archive = Method(projects.archive, Connection.answer)
    """Archive a project."""
    create = Method(projects.create, Connection.answer)
    """Make a project."""
    create_member = Method(projects_members.create_member, Connection.answer)
    """Add a member."""
    delete_member = Method(projects_members.delete_member, Connection.done)
    """Remove a member."""
    get = Method(projects.get, Connection.answer)
    """Read a project."""
    list = Method(projects.list, Connection.answer)
    """List projects."""
    iterate = Method(projects.list, Connection.entries)
    """Page by page, all of them: list projects."""
    members = Method(projects_members.members, Connection.answer)
    """List members."""
    iterate_members = Method(projects_members.members, Connection.entries)
    """Page by page, all of them: list members."""
    put_member = Method(projects_members.put_member, Connection.answer)
    """Set a member's role."""
    restore = Method(projects.restore, Connection.answer)
    """Restore a project."""
    update = Method(projects.update, Connection.answer)
    """Change a project."""
