"""Who takes part: users, projects, members, keys, and what was noted about their acts."""

from support.people import ADMIN, PASSWORD, Person, sign_in
from support.story.telling import Story, about

PROJECT = "support"


async def arrivals(story: Story, admin: Person) -> Person:
    """Make the project and its admin, Ada, who tells the rest of the story."""
    await story.show("auth_methods", by=admin)
    await story.show("projects_create", by=admin)
    ada = {"email": "ada@example.org", "name": "Ada Lovelace", "password": PASSWORD}
    made = await story.show("users_create", ada, by=admin)
    story.ids |= {"project_id": PROJECT, "user_id": made["user_id"]}
    member = {"email": ada["email"], "role": "admin"}
    await story.show("projects_create_member", member, by=admin)
    await story.show("auth_sign_in", {"email": ada["email"], "password": PASSWORD})
    return await sign_in(story.api.http, ada["email"])


async def team(story: Story, admin: Person) -> None:
    """Invite Grace, who registers, and give a nightly job its key."""
    await story.show("me_get")
    await story.show("me_update")
    await story.show("users_list", by=admin, query={"search": "ada"})
    await story.show("users_get", by=admin)
    await story.show("projects_list")
    await story.show("projects_get")
    await story.show("projects_update", by=admin)
    grace = {"email": "grace@example.org", "role": "editor"}
    invited = await story.show("invitations_create", grace)
    await story.show("invitations_list")
    registered = await story.show(
        "auth_register",
        {
            "email": grace["email"],
            "name": "Grace Hopper",
            "password": PASSWORD,
            "invitation": invited["token"],
        },
    )
    await story.show("projects_members")
    story.ids["guest_id"] = registered["user_id"]
    await story.show("projects_put_member", {"role": "viewer"}, user_id=story.ids["guest_id"])
    renamed = {"name": "Grace Brewster Hopper"}
    await story.show("users_update", renamed, by=admin, user_id=story.ids["guest_id"])
    made = await story.show("api_keys_create")
    story.ids["key_id"] = made["api_key"]["key_id"]
    await story.show("api_keys_list")
    await story.show("api_keys_get")
    rotated = await story.show("api_keys_rotate")
    await story.show("api_keys_delete", key_id=rotated["api_key"]["key_id"])


async def health(story: Story) -> None:
    """See that all is well."""
    for operation in ("health_get", "health_livez", "health_readyz"):
        await story.show(operation)
    await story.show("health_metrics", accept="*/*", part=about("promptevolver_event"))


async def goodbyes(story: Story, admin: Person) -> None:
    """Read what was noted, and take everything away that people had."""
    await story.show("audit_events_list", query={"action": "prompt.label_moved", "limit": 2})
    await story.show("projects_delete_member", user_id=story.ids["guest_id"])
    alan = {"email": "alan@example.org", "role": "viewer"}
    unused = await story.call("invitations_create", alan)
    invitation = unused.json()["invitation"]["invitation_id"]
    await story.show("invitations_delete", invitation_id=invitation)
    await story.show("projects_archive", by=admin)
    await story.show("projects_restore", by=admin)
    refresh = {"refresh_token": story.person.tokens["refresh_token"]}
    await story.show("auth_refresh", refresh)
    await story.show("auth_sessions")
    other = await sign_in(story.api.http, story.person.email)
    await story.show("auth_delete_session", session_id=other.tokens["session_id"])
    await story.show("auth_password", by=await sign_in(story.api.http, ADMIN))
    await story.show("ws_tickets_create")
    for operation in ("auth_sign_out", "auth_sign_out_everywhere"):
        await story.show(operation, by=await sign_in(story.api.http, story.person.email))
