"""The options of a client."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TypedDict, TypeVar

from .backoff import Reconnect

R = TypeVar("R")

#: Why a token is asked for: the first one, one that ends soon, in place of one that has ended, or that was refused.
TokenReason = Literal["connect", "expiring", "expired", "refused"]


class Options(TypedDict, total=False):
    """Options of :func:`connect` and :class:`ThreadedClient`. Times are seconds."""

    #: Returns a token, or ``None`` to connect without one. Raise an ``UnauthorizedError`` to stop the client; after any
    #: other error it tries again. A plain function runs in a thread, so it may block.
    get_token: Callable[[TokenReason], str | Awaitable[str | None] | None]
    #: The first token, or the only one.
    token: str
    #: ``header`` sends it as ``Authorization: Bearer``. Default: ``message``, an ``auth`` message.
    token_in: Literal["message", "header"]
    #: Default: ``Reconnect()``.
    reconnect: Reconnect
    #: An attempt that has not connected after so long is given up. Default: 10.
    connect_timeout: float
    #: After so much silence the server is asked for a sign of life. Default: 1.5 times its ping interval, or 45.
    idle_probe: float
    #: A server that gives none for so long after it was asked is gone. Default: 8.
    probe_timeout: float
    #: Of requests that have no ``timeout`` of their own. Default: 10.
    request_timeout: float
    #: Requests that may wait for the connection. Default: 100.
    max_queued: int
    #: A channel that nobody reads stays subscribed to for so long, in case somebody comes. Default: 0.25.
    linger: float
    #: Further arguments of ``websockets.connect``, such as ``ssl``, ``proxy`` and ``additional_headers``.
    websocket: Mapping[str, Any]


def assert_known(options: Options) -> None:
    unknown = sorted(options.keys() - Options.__optional_keys__)
    if unknown:
        raise TypeError(f"There is no option {', '.join(unknown)}.")


async def called(function: Callable[..., R | Awaitable[R]], *args: Any) -> R:
    """Awaits a coroutine function; runs a plain one in a thread, since it may block."""
    target = function if inspect.isroutine(function) or inspect.isclass(function) else type(function).__call__
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(target):
        result = function(*args)
    else:
        result = await asyncio.to_thread(function, *args)
    return await result if inspect.isawaitable(result) else result
