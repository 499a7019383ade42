"""The client of one server, for asyncio."""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from itertools import count
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, Unpack, overload

from .channel import Since
from .channels import Channels
from .connection import Connection, Hooks, Message
from .consumer import Consumer
from .errors import RequestTimeoutError, SkreaverError
from .events import Event, HistoryPage, Loaded, Position, Published, Reset, position_of
from .listeners import Listeners
from .members import Members
from .options import Options
from .questions import Questions
from .requests import Call, Requests, always, by_same_user
from .response_stream import ResponseStream
from .state import State
from .subscription import Gaps, Subscription
from .url import Url

log = logging.getLogger("skreaver_ws")

S = TypeVar("S")
Handler = TypeVar("Handler", bound=Callable[..., Any])


class Client:
    """Made by :func:`connect`. Reconnects by itself, and goes on where it stopped, until it is closed or stopped.

    The server stops it by a close code from 4500 on; then all calls raise its verdict. Belongs to one event loop, which
    must not be blocked for longer than the server waits for a pong (10 s): otherwise use :class:`ThreadedClient`.
    """

    def __init__(self, url: Url, **options: Unpack[Options]) -> None:
        self._ids = count(1)
        self._keys = count(1)
        self._key_prefix = uuid.uuid4().hex
        self._state_listeners: Listeners[State] = Listeners()
        self._direct_listeners: Listeners[Event] = Listeners()
        self._changed = asyncio.Event()
        self._connection = Connection(
            url, options, Hooks(self._on_state, self._on_open, self._on_message, self._on_lost)
        )
        self._channels = Channels(self._connection, self._next_id, options.get("linger", 0.25))
        timeout, max_queued = options.get("request_timeout", 10.0), options.get("max_queued", 100)
        self._requests = Requests(self._connection, self._next_id, timeout, max_queued)
        self._questions = Questions(self._connection.send)

    @property
    def state(self) -> State:
        return self._connection.state

    async def ready(self, timeout: float | None = None) -> State:
        """Waits until it is connected.

        :raises SkreaverError: what stopped it, or ``CLOSED``
        :raises RequestTimeoutError: because of what is in ``state.error``
        """
        try:
            async with asyncio.timeout(timeout):
                while self.state.status != "connected":
                    self._connection.assert_started()
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise RequestTimeoutError from self.state.error
        return self.state

    @overload
    def subscribe(
        self,
        channel: str,
        *,
        since: Since = ...,
        replay: int | None = ...,
        gaps: Gaps = ...,
        join_leave: bool = ...,
        buffer: int = ...,
    ) -> Subscription[Event]: ...
    @overload
    def subscribe(
        self,
        channel: str,
        *,
        resets: Literal[True],
        since: Since = ...,
        replay: int | None = ...,
        gaps: Gaps = ...,
        join_leave: bool = ...,
        buffer: int = ...,
    ) -> Subscription[Event | Reset]: ...
    @overload
    def subscribe(
        self,
        channel: str,
        *,
        load: Callable[[Reset], Loaded[S] | Awaitable[Loaded[S]]],
        since: Since = ...,
        gaps: Gaps = ...,
        join_leave: bool = ...,
        buffer: int = ...,
    ) -> Subscription[Event | Loaded[S]]: ...
    def subscribe(
        self,
        channel: str,
        *,
        since: Since = None,
        replay: int | None = None,
        gaps: Gaps = "report",
        join_leave: bool = False,
        resets: bool = False,
        load: Callable[[Reset], Any] | None = None,
        buffer: int = 1_000,
    ) -> Subscription[Any]:
        """Subscribes to a channel, at once and for all connections to come.

        :param since: begin after this position, such as one that was stored; ``"acked"``: after what was acknowledged
        :param replay: begin with so many of the last events, at most 1,000. Needs the permission ``history``
        :param gaps: ``"fill"`` reads events that the server dropped from the history, where it still has them. Needs
            the permission ``history``
        :param resets: give a ``Reset`` too, in its place, where events may be missing
        :param load: loads the state that the events change; its result is given in place of each ``Reset``, and events
            wait meanwhile. A failure is logged, and tried again
        :param join_leave: give joins and leaves too, as events of that ``kind``
        :param buffer: events that may wait for the reader
        """
        return Subscription(
            self._channels,
            channel,
            since=since,
            replay=replay,
            gaps=gaps,
            history=self.history,
            join_leave=join_leave,
            resets=resets,
            load=load,
            buffer=buffer,
        )

    def consume(
        self, channel: str, *, on_unrecovered: Literal["continue", "stop"] = "continue", buffer: int = 1_000
    ) -> Consumer:
        """Handles the events of a channel one by one, each at least once, over all processes of the user.

        Events that the server drops for a slow client are read from the history, with the permission ``history``. The
        ``gap`` of the next event tells those that are not there.

        :param on_unrecovered: what to do where acknowledged events are not followed by those that are kept
        """
        return Consumer(self._channels, self._connection.send, self.history, channel, on_unrecovered, buffer)

    async def request(self, method: str, params: Any = None, *, timeout: float | None = None) -> Any:
        """Calls a method. Waits for the connection if there is none. Cancelling the task cancels it on the server too.

        :param timeout: seconds for waiting and answering together. Default: ``request_timeout``
        :raises RequestError: the server's answer
        :raises RequestTimeoutError: none came in time
        :raises ConnectionLostError: the connection was lost; with ``sent`` nobody knows whether it was done
        :raises SkreaverError: ``QUEUE_FULL``, or what stopped the client
        """
        return await self._requests.call(Call(method, params), timeout)

    def stream(
        self, method: str, params: Any = None, *, timeout: float | None = None, buffer: int = 1_000
    ) -> ResponseStream:
        """Calls a method that streams its result.

        :param timeout: seconds until its end. Default: no bound
        :param buffer: chunks that may wait for the reader. Above it the stream fails: nothing slows the server down
        """
        return ResponseStream(self._requests, method, params, timeout, buffer)

    async def publish(
        self,
        channel: str,
        data: Any,
        *,
        idempotency_key: str | Literal[False] | None = None,
        timeout: float | None = None,
    ) -> Published:
        """Publishes an event, once: when the connection is lost it is published again under its key, until its timeout.

        :param idempotency_key: two publications of a user with one key are one, within 5 minutes. Default: a new one
            for each call. ``False``: none, and it is not published again
        """
        params = {"channel": channel, "data": data}
        call = Call("publish", params)
        if idempotency_key is not False:
            params["idempotency_key"] = idempotency_key or f"{self._key_prefix}-{next(self._keys)}"
            call.is_repeatable = by_same_user
        result = await self._requests.call(call, timeout)
        return Published(result["delivered"], position_of(result), result.get("duplicate", False), result.get("nodes"))

    async def history(
        self,
        channel: str,
        *,
        since: Position | None = None,
        limit: int | None = None,
        reverse: bool = False,
        timeout: float | None = None,
    ) -> HistoryPage:
        """Reads the history of a channel. To read all, go on with the position of the last event until there is none.

        :param since: events after it; with ``reverse``, before it
        :param limit: from 1 to 1,000. Default: 100
        """
        params: dict[str, Any] = {"channel": channel, "reverse": reverse}
        if since is not None:
            params["since"] = {"epoch": since.epoch, "offset": since.offset}
        if limit is not None:
            params["limit"] = limit
        result = await self._read("history", params, timeout)
        return HistoryPage(
            [Event.of(message, True) for message in result["events"]], Position(result["epoch"], result["offset"])
        )

    def set_token(self, token: str | None) -> None:
        """Goes on with another token: renews the session, or connects anew where it is that of another user.

        ``None`` connects anew with what ``get_token`` gives, or without a token.

        :raises SkreaverError: what stopped the client, or ``CLOSED``
        """
        self._connection.set_token(token)

    def members(self, channel: str) -> Members:
        """The members of a channel with presence, kept up to date."""
        return Members(self._channels, self._read, channel)

    def answer(self, handler: Handler) -> Handler:
        """Registers a handler of questions, also as a decorator.

        It returns the answer, or ``None`` to leave the question to the next handler or another device. A plain function
        runs in a thread, so it may block.
        """
        self._questions.add(handler)
        return handler

    def on_state(self, listener: Handler) -> Handler:
        """Registers a function, or a coroutine function, that is called in the loop at each change of the state."""
        self._state_listeners.add(listener)
        return listener

    def on_direct(self, listener: Handler) -> Handler:
        """Registers a function for events without a channel: sent to this connection or user alone, or to everybody.

        It is called in the loop, and may be a coroutine function; also as a decorator.
        """
        self._direct_listeners.add(listener)
        return listener

    def start(self) -> Self:
        """Begins to connect, once. ``async with`` does it."""
        self._connection.start()
        return self

    async def close(self) -> None:
        """Ends the connection. What waits for an answer raises, and loops over events end."""
        await self._connection.close()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _next_id(self) -> str:
        return f"p{next(self._ids)}"

    async def _read(self, method: str, params: Any, timeout: float | None = None) -> Any:
        return await self._requests.call(Call(method, params, is_repeatable=always), timeout)

    # What the connection tells.

    def _on_state(self, state: State) -> None:
        self._changed.set()
        self._state_listeners.tell(state)

    def _on_open(self, is_connected: bool) -> None:
        self._channels.open()
        if is_connected:
            self._requests.flush()

    def _on_message(self, message: Message) -> None:
        if message["type"] == "response":
            self._requests.take(message)
            return
        if (message["type"] == "event" and self._questions.take(message)) or self._channels.take(message):
            return
        if message["type"] == "event":
            self._direct_listeners.tell(Event.of(message, False))
        elif message["type"] == "error":
            error = message["data"]
            log.error("The server refused a message: %s: %s", error["code"], error.get("message"))

    def _on_lost(self, error: SkreaverError, is_over: bool) -> None:
        self._questions.lost()
        self._channels.lost()
        self._requests.lost(error, is_over)
        if is_over:
            self._channels.end(error, is_closed=self.state.status == "closed")


def connect(url: Url, **options: Unpack[Options]) -> Client:
    """A client of a server: ``async with connect("wss://example.com/ws", token="secret") as client: …``

    It connects by itself, and does not wait for that: calls wait for the connection. ``url`` may be a function, which
    is called for each attempt.
    """
    return Client(url, **options)
