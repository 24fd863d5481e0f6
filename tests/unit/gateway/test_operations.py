"""Names of operations follow their paths."""

import pytest
from fastapi.routing import APIRoute
from promptevolver_gateway.gateway import PREFIX
from promptevolver_gateway.operations import operation_id


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/runs", "runs_list"),
        ("POST", "/saved_views", "saved_views_create"),
        ("GET", "/runs/{run_id}", "runs_get"),
        ("PATCH", "/runs/{run_id}", "runs_update"),
        ("PUT", "/saved_views/{view_id}", "saved_views_put"),
        ("DELETE", "/webhooks/{webhook_id}", "webhooks_delete"),
        ("GET", "/runs/compare", "runs_compare"),
        ("GET", "/runs/{run_id}/candidates", "runs_candidates"),
        ("GET", "/runs/{run_id}/candidates/{candidate_id}", "runs_get_candidate"),
        ("POST", "/runs/{run_id}/candidates/{candidate_id}/pin", "runs_candidate_pin"),
        ("POST", "/runs/{run_id}/cancel", "runs_cancel"),
        ("POST", "/prompts/{prompt_id}/versions", "prompts_create_version"),
        ("GET", "/webhooks/{webhook_id}/deliveries/{delivery_id}", "webhooks_get_delivery"),
        ("PUT", "/prompts/{prompt_id}/labels/{label}", "prompts_put_label"),
        ("GET", "/datasets/{dataset_id}/draft/items", "datasets_draft_items"),
    ],
)
def test_a_path_names_the_operation(method: str, path: str, name: str) -> None:
    assert operation_id(route(PREFIX + path, method)) == name


def test_what_is_outside_the_api_is_about_health() -> None:
    assert operation_id(route("/livez", "GET")) == "health_livez"


def route(path: str, method: str) -> APIRoute:
    async def endpoint() -> None:
        """Never called."""

    return APIRoute(path, endpoint, methods=[method])
