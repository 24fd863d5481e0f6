"""Pages beside the API: its document, and what its errors mean.

All is from files of our own: networks without a way out have it too.
"""

import re
from html import escape
from string import Template

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from promptevolver_contracts.errors import ErrorCode
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from promptevolver_gateway.explanations import EXPLANATIONS
from promptevolver_gateway.problems import STATUS, title

PATH = "/docs"
ASSETS = "/docs-assets"
ERRORS = "/errors"

_ERROR = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
dt { font-weight: 600; margin-top: 1rem }
dd { margin: 0 }
</style>
<h1>$title</h1>
<dl>
<dt>Code</dt><dd><code>$code</code></dd>
<dt>Status</dt><dd>$status</dd>
<dt>When</dt><dd>$when</dd>
<dt>What to do</dt><dd>$remedy</dd>
</dl>
</html>
""")
_STYLED = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def install(app: FastAPI) -> None:
    """Serve the pages. Their addresses are relative, so that proxies may put them below a path."""
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
    app.add_route(f"{ERRORS}/{{code}}", _error, include_in_schema=False)
    app.mount(ASSETS, StaticFiles(packages=[("fastapi_swagger", "resources")]))


async def _error(request: Request) -> Response:
    """Tell of the code that the `type` of a problem names; browsers are who asks for HTML."""
    name = request.path_params["code"]
    if name not in set(ErrorCode):
        raise HTTPException(404)
    code = ErrorCode(name)
    headers = {"Vary": "Accept"}
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(_page(code), headers=headers | {"Content-Security-Policy": _STYLED})
    return JSONResponse(_described(code), headers=headers)


def _described(code: ErrorCode) -> dict[str, str | int]:
    return {
        "type": f"{ERRORS}/{code}",
        "code": code.value,
        "title": title(code),
        "status": STATUS[code].value,
        **EXPLANATIONS[code]._asdict(),
    }


def _page(code: ErrorCode) -> str:
    said = {name: _marked(str(each)) for name, each in _described(code).items()}
    return _ERROR.substitute(said)


def _marked(text: str) -> str:
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(text))
