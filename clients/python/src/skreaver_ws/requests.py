"""The requests of a client: each is settled exactly once."""

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .connection import Connection, TokenReplaced
from .errors import ConnectionLostError, RequestError, RequestTimeoutError, SkreaverError

PAUSE = 0.02
#: The part of the server's rate that is left to what is no request.
SPARED = 0.2


def never(sent_by: str | None, user: str | None) -> bool:
    return False


def always(sent_by: str | None, user: str | None) -> bool:
    return True


def by_same_user(sent_by: str | None, user: str | None) -> bool:
    """Keys hold for a user. An anonymous client is another one with each connection."""
    return sent_by is not None and sent_by == user and not sent_by.startswith("anonymous_")


@dataclass(slots=True, eq=False)
class Call:
    method: str
    params: Any
    #: Takes the chunks of a streamed result. Such a call has no limit of time once it is sent, unless one was given.
    on_chunk: Callable[[Any], None] | None = None
    #: Whether what one user has sent may be sent again by a user, as the server does it once.
    is_repeatable: Callable[[str | None, str | None], bool] = never
    id: str = ""
    deadline: float | None = None
    is_open_ended: bool = False
    is_sent: bool = False
    #: The loss of the connection on which it was sent.
    lost_with: ConnectionLostError | None = None
    sent_by: str | None = None
    #: The server asked to wait so long before it is sent again.
    not_before: float = 0.0
    chunks: int = 0
    limit: asyncio.Timeout | None = None
    answer: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def succeed(self, result: Any) -> None:
        if not self.answer.done():
            self.answer.set_result(result)

    def fail(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Requests:
    def __init__(self, connection: Connection, next_id: Callable[[], str], timeout: float, max_queued: int) -> None:
        self._connection = connection
        self._next_id = next_id
        self._timeout = timeout
        self._max_queued = max_queued
        self._pending: dict[str, Call] = {}
        # What may be sent at once: the server takes a burst, then so many a second, and refuses what is above.
        self._budget = math.inf
        self._paid_at = 0.0
        self._pace: asyncio.TimerHandle | None = None

    async def call(self, call: Call, timeout: float | None = None) -> Any:
        self._connection.assert_started()
        if sum(not other.is_sent for other in self._pending.values()) >= self._max_queued:
            message = f"{self._max_queued} requests wait to be sent; await some of them first, or raise `max_queued`."
            raise SkreaverError("QUEUE_FULL", message, retryable=True)
        call.id = self._next_id()
        call.is_open_ended = call.on_chunk is not None and timeout is None
        call.deadline = asyncio.get_running_loop().time() + (self._timeout if timeout is None else timeout)
        self._pending[call.id] = call
        try:
            async with asyncio.timeout_at(call.deadline) as call.limit:
                self.flush()
                return await call.answer
        except TimeoutError as error:
            if isinstance(error, SkreaverError):
                raise
            self._cancel(call)
            raise RequestTimeoutError() from self._connection.state.error
        except asyncio.CancelledError:
            self._cancel(call)
            raise
        finally:
            self._pending.pop(call.id, None)
            self.flush()

    def flush(self) -> None:
        """Sends what waits, as fast as the server takes it."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        told = self._connection.told
        earned = (now - self._paid_at) * told.get("message_rate", 50) * (1 - SPARED)
        self._budget = min((told.get("message_burst", 100) + 1) / 2, self._budget + earned)
        self._paid_at = now
        waiting = [call for call in self._pending.values() if not call.is_sent]
        room = told.get("max_requests", 100) - len(self._pending) + len(waiting)
        if not self._connection.is_ready:
            return
        for call in waiting:
            if call.lost_with is not None and not call.is_repeatable(call.sent_by, self._connection.state.user_id):
                call.fail(call.lost_with)
                continue
            if room <= 0:
                return  # the next answer makes room
            if self._budget >= 1 and call.not_before <= now:
                self._budget -= 1
                room -= 1
                self._transmit(call, now)
            elif self._pace is None:
                self._pace = loop.call_later(PAUSE, self._flush_later)

    def take(self, message: Mapping[str, Any]) -> None:
        call = self._pending.get(message.get("correlation_id", ""))
        if call is None:
            return
        data = message["data"]
        match data["status"]:
            case "success":
                call.succeed(data.get("result"))
            case "pending":
                self._take_chunk(call, data)
            case "error":
                error = data["error"]
                self._take_error(call, RequestError(error["code"], error.get("message"), details=error.get("details")))
            case _:
                call.fail(SkreaverError("REQUEST_CANCELLED", retryable=True))

    def lost(self, error: SkreaverError, is_over: bool) -> None:
        """The connection is gone; ``is_over``: nothing will come back by itself."""
        self._budget = math.inf
        if self._pace is not None:
            self._pace.cancel()
            self._pace = None
        for call in list(self._pending.values()):
            if not call.is_sent:
                if is_over:
                    call.fail(error)
                continue
            call.lost_with = ConnectionLostError(error.code, getattr(error, "close_code", 1000), sent=True)
            call.lost_with.__cause__ = error
            user = None if isinstance(error, TokenReplaced) else call.sent_by
            if not is_over and call.is_repeatable(call.sent_by, user):
                call.is_sent = False
            else:
                call.fail(call.lost_with)

    def _flush_later(self) -> None:
        self._pace = None
        self.flush()

    def _transmit(self, call: Call, now: float) -> None:
        call.is_sent, call.sent_by = True, self._connection.state.user_id
        data: dict[str, Any] = {"method": call.method}
        if call.params is not None:
            data["params"] = call.params
        if not call.is_open_ended and call.deadline is not None:
            data["timeout"] = max(1, round((call.deadline - now) * 1000))
        elif call.limit is not None:
            call.limit.reschedule(None)
        try:
            self._connection.send({"type": "request", "data": data, "correlation_id": call.id})
        except (TypeError, ValueError, RecursionError) as error:  # is no JSON, or too deep
            call.fail(error)

    def _cancel(self, call: Call) -> None:
        if call.is_sent and self._connection.state.status == "connected":
            data = {"method": "cancel", "params": {"correlation_id": call.id}}
            self._connection.send({"type": "request", "data": data, "correlation_id": self._next_id()})

    def _take_chunk(self, call: Call, data: Mapping[str, Any]) -> None:
        if call.on_chunk is None:
            return
        if data["sequence"] == call.chunks:
            call.chunks += 1
            call.on_chunk(data.get("result"))
        else:
            self._cancel(call)
            call.fail(SkreaverError("PROTOCOL_ERROR", "A chunk is missing.", retryable=True))

    def _take_error(self, call: Call, error: RequestError) -> None:
        # The server said when to come back: it drains, or is overloaded.
        if error.retry_after is None or not call.is_repeatable(call.sent_by, call.sent_by):
            return call.fail(error)
        call.is_sent = False
        call.not_before = asyncio.get_running_loop().time() + error.retry_after
        self.flush()
