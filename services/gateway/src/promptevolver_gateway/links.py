"""Links of the OpenAPI document: where one can go on with what an operation has made."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

type Values = Mapping[str, str]
"""Parameters of paths, with the expression that gives each"""

_RUN = {"run_id": "$response.body#/run_id"}
_JOB = {"job_id": "$response.body#/job_id"}
_KEY = {"key_id": "$response.body#/api_key/key_id"}
_TEMPLATE = {"template_id": "$response.body#/template_id"}

_GIVES: Mapping[str, Values] = {
    "api_keys_create": _KEY,
    "api_keys_rotate": _KEY,
    "auth_sign_in": {"session_id": "$response.body#/session_id"},
    "datasets_create": {"dataset_id": "$response.body#/dataset_id"},
    "datasets_create_draft_item": {"item_id": "$request.body#/items/0/id"},
    "datasets_create_version": {
        "number": "$response.body#/number",
        "other": "$response.body#/parent",
    },
    "datasets_put_draft_item": {"item_id": "$response.body#/id"},
    "evaluations_create": _RUN,
    "exports_create": _JOB,
    "feedback_create": {"feedback_id": "$response.body#/feedback_id"},
    "imports_create": _JOB,
    "invitations_create": {"invitation_id": "$response.body#/invitation/invitation_id"},
    "optimize_create": _RUN | {"task_id": "$response.body#/task_id"},
    "projects_create": {"project_id": "$response.body#/project"},
    "projects_create_member": {"user_id": "$response.body#/user_id"},
    "prompts_create": {"prompt_id": "$response.body#/prompt_id"},
    "prompts_create_version": {
        "number": "$response.body#/number",
        "before": "$response.body#/parent",
        "after": "$response.body#/number",
    },
    "prompts_promote": {
        "number": "$response.body#/version/number",
        "label": "$response.body#/label/label",
    },
    "prompts_put_label": {"label": "$response.body#/label"},
    "reports_create": _JOB,
    "runs_continue": _RUN,
    "runs_fork": _RUN,
    "runs_get": {"candidate_id": "$response.body#/winner"},
    "runs_rerun": _RUN,
    "saved_views_create": {"view_id": "$response.body#/view_id"},
    "templates_copy": _TEMPLATE,
    "templates_create": _TEMPLATE,
    "templates_create_run": _RUN,
    "templates_put": {"number": "$response.body#/version"},
    "users_create": {"user_id": "$response.body#/user_id"},
    "webhooks_create": {"webhook_id": "$response.body#/webhook_id"},
    "webhooks_delivery_redeliver": {"delivery_id": "$response.body#/delivery_id"},
    "webhooks_ping": {"delivery_id": "$response.body#/delivery_id"},
}
"""What answers give that paths of other operations need"""

_COMPARED: Values = {"run1": "$request.path.run_id", "run2": "$response.body#/run_id"}
"""A run beside the one that it descends from"""


def link(document: dict[str, Any]) -> None:
    """Put the links into all answers of success that have a body."""
    needed = {
        operation["operationId"]: _parameters(path)
        for path, methods in document["paths"].items()
        for operation in methods.values()
    }
    for methods in document["paths"].values():
        for operation in methods.values():
            links = dict(_links(operation["operationId"], needed))
            for status, answer in operation["responses"].items():
                if links and status < "300" and "content" in answer:
                    answer["links"] = links


def _links(source: str, needed: Mapping[str, list[str]]) -> Iterator[tuple[str, Any]]:
    given = _GIVES.get(source, {})
    own = {name: f"$request.path.{name}" for name in needed[source]}
    known = {**own, **given}
    for target, names in needed.items():
        if set(names) <= known.keys() and not given.keys().isdisjoint(names):
            yield target, _link(target, {name: known[name] for name in names})
    if source == "runs_rerun":
        yield "runs_compare", _link("runs_compare", _COMPARED)


def _link(target: str, values: Values) -> dict[str, Any]:
    return {"operationId": target, "parameters": dict(values)}


def _parameters(path: str) -> list[str]:
    return re.findall(r"{(\w+)}", path)
