"""What the routes about people and access take."""

from datetime import timedelta
from typing import Annotated, Any, Self

from promptevolver_contracts.accounts import Email, NewPassword, Role, Scope
from promptevolver_contracts.ids import ProjectId
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from promptevolver_gateway.schemas import Body

PersonName = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]

_PERSON: dict[str, Any] = {"email": "ada@example.org", "password": "correct horse battery"}


class SignInBody(Body):
    """Who one is, and the proof."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PERSON]})

    email: str = Field(max_length=254)
    password: str = Field(max_length=256, repr=False)


class RegisterBody(Body):
    """A new user."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PERSON | {"name": "Ada Lovelace"}]})

    email: Email
    password: NewPassword = Field(repr=False)
    name: PersonName
    invitation: str | None = Field(
        None, max_length=100, description="The token of an invitation, where one is needed"
    )


class RefreshBody(Body):
    """A refresh token; it is used up by this."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"refresh_token": "per_…"}]})

    refresh_token: str = Field(max_length=100, repr=False)


class PasswordBody(Body):
    """Another password."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "current_password": "correct horse battery",
                    "new_password": "another battery, no horse",
                }
            ]
        }
    )

    current_password: str = Field(max_length=256, repr=False)
    new_password: NewPassword = Field(repr=False)


class MeBody(Body):
    """What people may change about themselves."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Ada Lovelace"}]})

    name: PersonName


class NewUserBody(Body):
    """A user that an operator makes."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PERSON | {"name": "Ada Lovelace"}]})

    email: Email
    name: PersonName
    password: NewPassword | None = Field(
        None, repr=False, description="Left out for who signs in at the external issuer"
    )
    is_operator: bool = False


class UserBody(Body):
    """What an operator may change about a user."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"is_active": False}]})

    name: PersonName | None = None
    is_active: bool | None = Field(None, description="An inactive user loses all sessions")
    is_operator: bool | None = None
    password: NewPassword | None = Field(None, repr=False, description="Ends all sessions")


class NewProjectBody(Body):
    """A project."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "support", "name": "Support prompts"}]}
    )

    id: ProjectId | None = Field(None, description="Made up when left out; it never changes")
    name: PersonName
    description: str = Field("", max_length=2000)


class LimitsBody(Body):
    """A project's own limits; null is what the settings say. Only operators change them."""

    max_active_runs: int | None = Field(None, ge=0)
    daily_usd: float | None = Field(None, ge=0)


class ProjectBody(Body):
    """What to change about a project."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Support prompts", "limits": {"max_active_runs": 20, "daily_usd": 50}}
            ]
        }
    )

    name: PersonName | None = None
    description: str | None = Field(None, max_length=2000)
    limits: LimitsBody | None = None


class MemberBody(Body):
    """A user, by address or id, and their role."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "ada@example.org", "role": "editor"}]}
    )

    email: Email | None = None
    user_id: str | None = Field(None, max_length=64)
    role: Role

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.email is None) == (self.user_id is None):
            raise ValueError("give either 'email' or 'user_id'")
        return self


class RoleBody(Body):
    """A role."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "viewer"}]})

    role: Role


class InvitationBody(Body):
    """Who is invited, as what."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "ada@example.org", "role": "editor"}]}
    )

    email: Email
    role: Role = "viewer"
    days: int = Field(7, ge=1, le=30, description="How long the invitation is good")


class NewKeyBody(Body):
    """A key for a program."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "nightly evaluation",
                    "scopes": ["runs:read", "runs:write"],
                    "expires_at": "2030-01-01T00:00:00Z",
                }
            ]
        }
    )

    name: PersonName
    scopes: tuple[Scope, ...] = Field(min_length=1, max_length=20, description="Some of your own")
    expires_at: AwareDatetime | None = Field(None, description="Null: until it is revoked")


class RotateBody(Body):
    """How long the old key goes on beside the new one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_s": 86400}]})

    overlap_s: int = Field(
        86_400, ge=0, le=30 * 86_400, description="Seconds; 0 ends the old key at once"
    )

    @property
    def overlap(self) -> timedelta:
        """The same as a length of time."""
        return timedelta(seconds=self.overlap_s)
