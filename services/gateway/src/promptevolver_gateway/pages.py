"""The API's document as a page, from files of our own: networks without a way out have it too."""

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

PATH = "/docs"
ASSETS = "/docs-assets"


def install(app: FastAPI) -> None:
    """Serve Swagger UI. Its addresses are relative, so that proxies may put it below a path."""
    page = get_swagger_ui_html(
        openapi_url="openapi.json",
        title=f"{app.title} API",
        swagger_js_url=f"{ASSETS[1:]}/swagger-ui-bundle.js",
        swagger_css_url=f"{ASSETS[1:]}/swagger-ui.css",
        swagger_favicon_url=f"{ASSETS[1:]}/favicon-32x32.png",
        swagger_ui_parameters={"filter": True, "docExpansion": "none", "tryItOutEnabled": True},
    )

    async def documentation(_: Request) -> HTMLResponse:
        return page

    app.add_route(PATH, documentation, include_in_schema=False)
    app.mount(ASSETS, StaticFiles(packages=[("fastapi_swagger", "resources")]))
