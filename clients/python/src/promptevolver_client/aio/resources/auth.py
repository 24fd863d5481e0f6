"""Operations on auth, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import auth, auth_sessions
from promptevolver_client.resource import Method, Resource


class AsyncAuth(Resource[AsyncConnection]):
    """Operations on auth."""

    delete_session = Method(auth_sessions.delete_session, AsyncConnection.done)
    """End a session."""
    methods = Method(auth.methods, AsyncConnection.answer)
    """How to sign in."""
    password = Method(auth.password, AsyncConnection.done)
    """Change the password."""
    refresh = Method(auth.refresh, AsyncConnection.answer)
    """Renew a session's tokens."""
    register = Method(auth.register, AsyncConnection.answer)
    """Register."""
    sessions = Method(auth_sessions.sessions, AsyncConnection.answer)
    """List sessions."""
    sign_in = Method(auth.sign_in, AsyncConnection.answer)
    """Sign in."""
    sign_out = Method(auth.sign_out, AsyncConnection.done)
    """Sign out."""
    sign_out_everywhere = Method(auth.sign_out_everywhere, AsyncConnection.done)
    """Sign out everywhere."""
