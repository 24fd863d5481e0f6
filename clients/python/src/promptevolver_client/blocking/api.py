# Made by clients/python/derive.py from the module of the same name in aio.
"""All resources of the API; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.blocking.resources.api_keys import ApiKeys
from promptevolver_client.blocking.resources.audit_events import AuditEvents
from promptevolver_client.blocking.resources.auth import Auth
from promptevolver_client.blocking.resources.datasets import Datasets
from promptevolver_client.blocking.resources.evaluations import Evaluations
from promptevolver_client.blocking.resources.evaluators import Evaluators
from promptevolver_client.blocking.resources.exports import Exports
from promptevolver_client.blocking.resources.feedback import Feedback
from promptevolver_client.blocking.resources.health import Health
from promptevolver_client.blocking.resources.history import History
from promptevolver_client.blocking.resources.imports import Imports
from promptevolver_client.blocking.resources.invitations import Invitations
from promptevolver_client.blocking.resources.jobs import Jobs
from promptevolver_client.blocking.resources.me import Me
from promptevolver_client.blocking.resources.optimize import Optimize
from promptevolver_client.blocking.resources.projects import Projects
from promptevolver_client.blocking.resources.prompts import Prompts
from promptevolver_client.blocking.resources.reports import Reports
from promptevolver_client.blocking.resources.runs import Runs
from promptevolver_client.blocking.resources.saved_views import SavedViews
from promptevolver_client.blocking.resources.templates import Templates
from promptevolver_client.blocking.resources.users import Users
from promptevolver_client.blocking.resources.webhooks import Webhooks
from promptevolver_client.blocking.resources.ws_tickets import WsTickets


class Api:
    """All operations of the API, by resource."""

    def __init__(self, connection: Connection) -> None:
        self.api_keys = ApiKeys(connection)
        self.audit_events = AuditEvents(connection)
        self.auth = Auth(connection)
        self.datasets = Datasets(connection)
        self.evaluations = Evaluations(connection)
        self.evaluators = Evaluators(connection)
        self.exports = Exports(connection)
        self.feedback = Feedback(connection)
        self.health = Health(connection)
        self.history = History(connection)
        self.imports = Imports(connection)
        self.invitations = Invitations(connection)
        self.jobs = Jobs(connection)
        self.me = Me(connection)
        self.optimize = Optimize(connection)
        self.projects = Projects(connection)
        self.prompts = Prompts(connection)
        self.reports = Reports(connection)
        self.runs = Runs(connection)
        self.saved_views = SavedViews(connection)
        self.templates = Templates(connection)
        self.users = Users(connection)
        self.webhooks = Webhooks(connection)
        self.ws_tickets = WsTickets(connection)
