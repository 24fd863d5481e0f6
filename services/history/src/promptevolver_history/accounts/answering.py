"""What this part of history answers."""

from promptevolver_contracts import accounts as c

from promptevolver_history.accounts.callers import Callers
from promptevolver_history.accounts.invitations import Invitations
from promptevolver_history.accounts.keys import Keys
from promptevolver_history.accounts.members import Members
from promptevolver_history.accounts.passwords import Passwords
from promptevolver_history.accounts.people import People
from promptevolver_history.accounts.projects import Projects
from promptevolver_history.accounts.sessions import Sessions
from promptevolver_history.accounts.side_spending import SideSpending
from promptevolver_history.answers import Answer, Answers
from promptevolver_history.audit.reader import AuditReader
from promptevolver_history.database import Database


def answers(database: Database) -> Answers:
    """Give the queries about people and access with their handlers."""
    return (*_callers(database), *_people(database), *_projects(database))


def _callers(database: Database) -> Answers:
    callers, keys, audit = Callers(database), Keys(database), AuditReader(database)
    return (
        Answer(c.GET_ACCESS, callers.access),
        Answer(c.FIND_CALLER, callers.find),
        Answer(c.FIND_EXTERNAL_CALLER, callers.find_external),
        Answer(c.FIND_KEY, callers.find_key),
        Answer(c.MARK_KEYS_USED, callers.mark_keys_used),
        Answer(c.GET_USAGE, callers.usage),
        Answer(c.RECORD_SIDE_SPEND, SideSpending(database).record),
        Answer(c.CREATE_KEY, keys.create),
        Answer(c.GET_KEY, keys.get),
        Answer(c.LIST_KEYS, keys.list),
        Answer(c.ROTATE_KEY, keys.rotate),
        Answer(c.REVOKE_KEY, keys.revoke),
        Answer(c.LIST_AUDIT_EVENTS, audit.list),
    )


def _people(database: Database) -> Answers:
    passwords = Passwords()
    people, sessions = People(database, passwords), Sessions(database, passwords)
    return (
        Answer(c.REGISTER, people.register),
        Answer(c.CREATE_USER, people.create),
        Answer(c.GET_USER, people.get),
        Answer(c.LIST_USERS, people.list),
        Answer(c.CHANGE_USER, people.change),
        Answer(c.SIGN_IN, sessions.sign_in),
        Answer(c.REFRESH, sessions.refresh),
        Answer(c.LIST_SESSIONS, sessions.list),
        Answer(c.END_SESSIONS, sessions.end),
        Answer(c.CHANGE_PASSWORD, sessions.change_password),
    )


def _projects(database: Database) -> Answers:
    projects, members = Projects(database), Members(database)
    invitations = Invitations(database)
    return (
        Answer(c.CREATE_PROJECT, projects.create),
        Answer(c.GET_PROJECT, projects.get),
        Answer(c.LIST_PROJECTS, projects.list),
        Answer(c.CHANGE_PROJECT, projects.change),
        Answer(c.LIST_MEMBERS, members.list),
        Answer(c.PUT_MEMBER, members.put),
        Answer(c.REMOVE_MEMBER, members.remove),
        Answer(c.INVITE, invitations.invite),
        Answer(c.LIST_INVITATIONS, invitations.list),
        Answer(c.UNINVITE, invitations.withdraw),
    )
