"""What the application is told by functions of its own."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

log = logging.getLogger("skreaver_ws")

T = TypeVar("T")


class Listeners(Generic[T]):
    """Plain functions, called in the order of their registration, and coroutine functions, begun in it."""

    def __init__(self) -> None:
        self._functions: list[Callable[[T], object]] = []
        self._running: set[asyncio.Future[Any]] = set()

    def add(self, function: Callable[[T], object]) -> None:
        self._functions.append(function)

    def tell(self, value: T) -> None:
        for function in self._functions:
            try:
                result = function(value)
            except Exception as error:
                report(error)
            else:
                if inspect.isawaitable(result):
                    self._run(result)

    def _run(self, work: Awaitable[Any]) -> None:
        running = asyncio.ensure_future(work)
        self._running.add(running)
        running.add_done_callback(self._done)

    def _done(self, done: asyncio.Future[Any]) -> None:
        self._running.discard(done)
        error = None if done.cancelled() else done.exception()
        if error is not None:
            report(error)


def report(error: BaseException) -> None:
    log.error("A listener failed.", exc_info=error)
