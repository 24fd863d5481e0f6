"""What all resources of the API share: methods that send the calls of shared functions."""

from collections.abc import Callable
from functools import wraps
from typing import Self, overload


class Resource[C]:
    """Operations that are sent over one connection."""

    def __init__(self, connection: C) -> None:
        self.connection = connection


class Method[C, **P, A, R]:
    """A function of arguments as a method: what it makes of them is sent, and answered."""

    def __init__(self, function: Callable[P, A], send: Callable[[C, A], R]) -> None:
        self._function = function
        self._send = send
        self.__doc__ = function.__doc__

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...

    @overload
    def __get__(self, resource: Resource[C], owner: type) -> Callable[P, R]: ...

    def __get__(self, resource: Resource[C] | None, owner: type) -> Self | Callable[P, R]:
        if resource is None:
            return self

        @wraps(self._function)
        def method(*args: P.args, **kwargs: P.kwargs) -> R:
            return self._send(resource.connection, self._function(*args, **kwargs))

        return method
