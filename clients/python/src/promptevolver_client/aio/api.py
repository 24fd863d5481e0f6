"""All resources of the API; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.aio.resources.api_keys import AsyncApiKeys
from promptevolver_client.aio.resources.audit_events import AsyncAuditEvents
from promptevolver_client.aio.resources.auth import AsyncAuth
from promptevolver_client.aio.resources.datasets import AsyncDatasets
from promptevolver_client.aio.resources.evaluations import AsyncEvaluations
from promptevolver_client.aio.resources.evaluators import AsyncEvaluators
from promptevolver_client.aio.resources.exports import AsyncExports
from promptevolver_client.aio.resources.feedback import AsyncFeedback
from promptevolver_client.aio.resources.health import AsyncHealth
from promptevolver_client.aio.resources.history import AsyncHistory
from promptevolver_client.aio.resources.imports import AsyncImports
from promptevolver_client.aio.resources.invitations import AsyncInvitations
from promptevolver_client.aio.resources.jobs import AsyncJobs
from promptevolver_client.aio.resources.me import AsyncMe
from promptevolver_client.aio.resources.optimize import AsyncOptimize
from promptevolver_client.aio.resources.projects import AsyncProjects
from promptevolver_client.aio.resources.prompts import AsyncPrompts
from promptevolver_client.aio.resources.reports import AsyncReports
from promptevolver_client.aio.resources.runs import AsyncRuns
from promptevolver_client.aio.resources.saved_views import AsyncSavedViews
from promptevolver_client.aio.resources.templates import AsyncTemplates
from promptevolver_client.aio.resources.users import AsyncUsers
from promptevolver_client.aio.resources.webhooks import AsyncWebhooks
from promptevolver_client.aio.resources.ws_tickets import AsyncWsTickets


class AsyncApi:
    """All operations of the API, by resource."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.api_keys = AsyncApiKeys(connection)
        self.audit_events = AsyncAuditEvents(connection)
        self.auth = AsyncAuth(connection)
        self.datasets = AsyncDatasets(connection)
        self.evaluations = AsyncEvaluations(connection)
        self.evaluators = AsyncEvaluators(connection)
        self.exports = AsyncExports(connection)
        self.feedback = AsyncFeedback(connection)
        self.health = AsyncHealth(connection)
        self.history = AsyncHistory(connection)
        self.imports = AsyncImports(connection)
        self.invitations = AsyncInvitations(connection)
        self.jobs = AsyncJobs(connection)
        self.me = AsyncMe(connection)
        self.optimize = AsyncOptimize(connection)
        self.projects = AsyncProjects(connection)
        self.prompts = AsyncPrompts(connection)
        self.reports = AsyncReports(connection)
        self.runs = AsyncRuns(connection)
        self.saved_views = AsyncSavedViews(connection)
        self.templates = AsyncTemplates(connection)
        self.users = AsyncUsers(connection)
        self.webhooks = AsyncWebhooks(connection)
        self.ws_tickets = AsyncWsTickets(connection)
