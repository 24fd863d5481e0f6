"""Operations on projects, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import projects, projects_members
from promptevolver_client.resource import Method, Resource


class AsyncProjects(Resource[AsyncConnection]):
    """Operations on projects."""

    archive = Method(projects.archive, AsyncConnection.answer)
    """Archive a project."""
    create = Method(projects.create, AsyncConnection.answer)
    """Make a project."""
    create_member = Method(projects_members.create_member, AsyncConnection.answer)
    """Add a member."""
    delete_member = Method(projects_members.delete_member, AsyncConnection.done)
    """Remove a member."""
    get = Method(projects.get, AsyncConnection.answer)
    """Read a project."""
    list = Method(projects.list, AsyncConnection.answer)
    """List projects."""
    iterate = Method(projects.list, AsyncConnection.entries)
    """Page by page, all of them: list projects."""
    members = Method(projects_members.members, AsyncConnection.answer)
    """List members."""
    iterate_members = Method(projects_members.members, AsyncConnection.entries)
    """Page by page, all of them: list members."""
    put_member = Method(projects_members.put_member, AsyncConnection.answer)
    """Set a member's role."""
    restore = Method(projects.restore, AsyncConnection.answer)
    """Restore a project."""
    update = Method(projects.update, AsyncConnection.answer)
    """Change a project."""
