"""The modules that are made of the document."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from generation import functions, operations, places, resources, types
from generation.operations import Operation

_MODELS = '''"""What the API takes and gives{about}; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from promptevolver_client.model import Model
'''
_FUNCTIONS = '''"""Operations on {about}; made by derive.py from the document."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from promptevolver_client import models
from promptevolver_client.calls import (
    Answer, AsyncContent, Call, Feed, File, Lines, Listing, path
)
from promptevolver_client.model import plain
'''
_RESOURCES = '''"""{about}; made by derive.py from the document."""

from typing import Literal

from promptevolver_client import models
from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.calls import AsyncContent
from promptevolver_client.resource import Method, Resource
'''
_API = '''"""All resources of the API; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
'''
_PACKAGE = "promptevolver_client"


def modules(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the path and the code of each module; of the connected ones, the waiting kind."""
    every = sorted(operations.operations(document), key=lambda operation: operation.name)
    yield from _models(places.of_models(every, document["components"]["schemas"]))
    divided = places.of_operations(every)
    for module, own in divided.items():
        code = "".join(line for each in own for line in functions.spelled(each))
        yield f"operations/{module}.py", _FUNCTIONS.format(about=_words(module)) + code
    yield "operations/__init__.py", '"""Every operation of the API as the call that it makes."""\n'
    yield from _resources(every, divided)


def _models(divided: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    homes = {name: module for module, own in divided.items() for name in own}
    for module, own in divided.items():
        needed = sorted(set(places.references(list(own.values()))) - set(own))
        imports = "".join(
            f"from {_PACKAGE}.models.{homes[name]} import {types.class_name(name)}\n"
            for name in needed
        )
        about = "" if module == places.SHARED else f" about {_words(module)}"
        names = f"\n\n__all__ = {sorted(map(types.class_name, own))!r}\n"
        code = "".join(types.classes(own))
        yield f"models/{module}.py", _MODELS.format(about=about) + imports + names + code
    stars = "".join(f"from {_PACKAGE}.models.{module} import *\n" for module in divided)
    yield "models/__init__.py", _MODELS.split("\n", 1)[0].format(about="") + "\n\n" + stars


def _resources(
    every: Iterable[Operation], divided: Mapping[str, Sequence[Operation]]
) -> Iterator[tuple[str, str]]:
    homes = {each.id: module for module, own in divided.items() for each in own}
    names = sorted({each.resource for each in every})
    for resource in names:
        own = [each for each in every if each.resource == resource]
        imported = ", ".join(sorted({homes[each.id] for each in own}))
        imports = f"from {_PACKAGE}.operations import {imported}\n"
        head = _RESOURCES.format(about=f"Operations on {_words(resource)}, to be sent")
        code = "".join(resources.resource_class(resource, own, homes))
        yield f"aio/resources/{resource}.py", head + imports + code
    yield "aio/resources/__init__.py", '"""Operations by resource, to be sent."""\n'
    imports = "".join(
        f"from {_PACKAGE}.aio.resources.{each} import {resources.class_of(each)}\n"
        for each in names
    )
    yield "aio/api.py", _API + imports + "".join(resources.api_class(names))


def _words(module: str) -> str:
    return module.replace("_", " ")
