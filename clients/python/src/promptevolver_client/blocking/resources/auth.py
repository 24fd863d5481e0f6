# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on auth, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import auth, auth_sessions
from promptevolver_client.resource import Method, Resource


class Auth(Resource[Connection]):
    """Operations on auth."""

    delete_session = Method(auth_sessions.delete_session, Connection.done)
    """End a session."""
    methods = Method(auth.methods, Connection.answer)
    """How to sign in."""
    password = Method(auth.password, Connection.done)
    """Change the password."""
    refresh = Method(auth.refresh, Connection.answer)
    """Renew a session's tokens."""
    register = Method(auth.register, Connection.answer)
    """Register."""
    sessions = Method(auth_sessions.sessions, Connection.answer)
    """List sessions."""
    sign_in = Method(auth.sign_in, Connection.answer)
    """Sign in."""
    sign_out = Method(auth.sign_out, Connection.done)
    """Sign out."""
    sign_out_everywhere = Method(auth.sign_out_everywhere, Connection.done)
    """Sign out everywhere."""
