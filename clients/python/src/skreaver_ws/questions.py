"""Questions of the server, offered to the handlers in the order of their registration."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .options import called

log = logging.getLogger("skreaver_ws")


@dataclass(frozen=True, slots=True)
class Question:
    """An event that asks for an answer."""

    id: str
    data: Any
    timestamp: float
    #: That was asked, if it was one.
    channel: str | None = None
    _withdrawn: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)

    @property
    def is_withdrawn(self) -> bool:
        """Somebody else answered, the time is over, or the connection is gone. A coroutine is cancelled then."""
        return self._withdrawn.is_set()


Answer = Callable[[Question], Any | Awaitable[Any]]


class Questions:
    def __init__(self, send: Callable[[Mapping[str, Any]], None]) -> None:
        self._send = send
        self._handlers: list[Answer] = []
        self._open: dict[str, tuple[Question, asyncio.Task[None]]] = {}

    def add(self, handler: Answer) -> None:
        self._handlers.append(handler)

    def take(self, message: Mapping[str, Any]) -> bool:
        """:returns: whether the event was a question, or withdraws one"""
        correlation_id = message.get("correlation_id")
        if correlation_id is None:
            return False
        self._withdraw(correlation_id)
        metadata = message["metadata"]
        if metadata.get("kind") is None:
            question = Question(
                correlation_id, message.get("data"), metadata["timestamp"] / 1000, metadata.get("channel")
            )
            self._open[correlation_id] = question, asyncio.create_task(self._ask(question), name="skreaver_ws question")
        return True

    def lost(self) -> None:
        """Nobody waits for the answers any more."""
        for correlation_id in list(self._open):
            self._withdraw(correlation_id)

    async def _ask(self, question: Question) -> None:
        try:
            for handler in self._handlers:
                answer = await called(handler, question)
                if answer is not None:
                    return self._send({"type": "ack", "data": answer, "correlation_id": question.id})
        except Exception as error:
            log.error("A question was not answered, since its handler failed.", exc_info=error)
        finally:
            if self._open.get(question.id, (None,))[0] is question:
                del self._open[question.id]

    def _withdraw(self, correlation_id: str) -> None:
        asked = self._open.pop(correlation_id, None)
        if asked is not None:
            question, task = asked
            question._withdrawn.set()
            task.cancel()
