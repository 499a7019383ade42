"""The connection machine: one attempt or one connection at a time, and what comes after it."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from .backoff import Reconnect, delay
from .blocked_loop import warn_when_blocked
from .endings import is_final, lost_by, refused_upgrade
from .errors import ConnectionLostError, SkreaverError, UnauthorizedError
from .options import Options, assert_known, called
from .session import Session
from .state import State
from .url import Url, websocket_url

log = logging.getLogger("skreaver_ws")

Message = Mapping[str, Any]


class TokenReplaced(ConnectionLostError):
    """The client itself connects anew, since the application gave it a token of another user."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a connection tells."""

    on_state: Callable[[State], None]
    #: What is sent now is taken: after the token, which is on its way, or by who the client is (``True``).
    on_open: Callable[[bool], None]
    on_message: Callable[[Message], None]
    #: There was a connection or an attempt, and there is none now; ``True``: none comes by itself.
    on_lost: Callable[[SkreaverError, bool], None]


class Connection:
    def __init__(self, url: Url, options: Options, hooks: Hooks) -> None:
        assert_known(options)
        self._url = url if callable(url) else websocket_url(url)
        self._options = options
        self._hooks = hooks
        self._reconnect = options.get("reconnect", Reconnect())
        self._session = Session(options, self._authenticate, self._end, self._again)
        #: What the server has last said of itself (PROTOCOL §4).
        self.told: Message = {}
        self._failures = 0
        self._outgoing: asyncio.Queue[str] | None = None
        self._verdict: SkreaverError | None = None
        self._limit: asyncio.Timeout | None = None
        self._socket: ClientConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self.state = State("connecting")

    @property
    def is_open(self) -> bool:
        return self._outgoing is not None

    @property
    def is_ready(self) -> bool:
        """Requests are done as the user of the newest token: also not on a connection that is about to end."""
        return self.state.status == "connected" and self._verdict is None and not self._session.is_replaced

    def start(self) -> None:
        """Does nothing where it has been started. Raises what ended it."""
        self._assert_not_ended()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="skreaver_ws connection")

    def assert_started(self) -> None:
        """Raises what ended it, or that it was never started: nothing would come of a call."""
        self._assert_not_ended()
        if self._task is None:
            raise SkreaverError("CLOSED", "The client was not started; use `async with`, or call `start`.")

    def _assert_not_ended(self) -> None:
        if self.state.status in ("stopped", "closed"):
            raise self.state.error or SkreaverError("CLOSED")

    def set_token(self, token: str | None) -> None:
        self._assert_not_ended()
        self._session.replace(token)
        if self.state.status == "connected" and token is not None and self._options.get("token_in") != "header":
            self._authenticate(token)
        elif self.state.status != "waiting":
            self._again()

    async def close(self) -> None:
        """Sends a close frame, and waits for the other side for a second at most."""
        try:
            if self._task is not None:
                self._task.cancel()
                await asyncio.wait([self._task])
        finally:
            if self.state.status != "closed":
                self._set(State("closed"))
                self._hooks.on_lost(SkreaverError("CLOSED"), True)

    def send(self, message: Message) -> None:
        """Does nothing where the connection is not open."""
        if self._outgoing is not None:
            text = json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            # Half of a surrogate pair, such as in the name of a file, cannot be UTF-8; Python's escape of it is JSON's.
            self._outgoing.put_nowait(text.encode(errors="backslashreplace").decode())

    async def _run(self) -> None:
        previous: SkreaverError | None = None
        while True:
            self._set(State("connecting", error=previous))
            try:
                await self._serve()
            except UnauthorizedError as error:
                return self._stop(error)
            except ConnectionLostError as error:
                if error.close_code == 4004:
                    self._session.expire()
                has_another = error.close_code == 4500 and self._session.discard()
                if is_final(error.close_code) and not has_another:
                    return self._stop(error)
                if isinstance(error, TokenReplaced):
                    self._hooks.on_lost(error, False)
                    continue
                lost: SkreaverError = error
            except TimeoutError:
                lost = SkreaverError("TIMEOUT", "The server did not take the connection in time.", retryable=True)
            except InvalidStatus as error:
                lost = refused_upgrade(error)
            except Exception as error:
                lost = SkreaverError("CONNECT_FAILED", f"{type(error).__name__}: {error}", retryable=True)
                lost.__cause__ = error
            window = self.told.get("reconnect_window_ms")
            wait = delay(self._failures, self._reconnect, None if window is None else window / 1000, lost.retry_after)
            self._failures += 1
            # The first one is usual: a server that restarts, a network that changes.
            level = logging.WARNING if self._failures == 2 else logging.INFO
            log.log(level, "Not connected (%s: %s); the next attempt is in %.1f s.", lost.code, lost, wait)
            self._set(State("waiting", error=lost, retry_in=wait))
            self._hooks.on_lost(lost, False)
            previous = lost
            await asyncio.sleep(wait)

    async def _serve(self) -> None:
        """One attempt, and the connection that comes of it. Ends by an exception."""
        self._verdict = None
        helpers: list[asyncio.Task[None]] = []
        loop = asyncio.get_running_loop()
        began: float | None = None
        try:
            async with asyncio.timeout(self._options.get("connect_timeout", 10.0)) as self._limit:
                token = await self._open()
                if self._verdict is not None:
                    raise self._verdict
                assert self._socket is not None
                began = loop.time()
                self._outgoing = asyncio.Queue()
                for work in (self._write(self._socket, self._outgoing), warn_when_blocked()):
                    helpers.append(asyncio.create_task(work, name="skreaver_ws"))
                if token is not None and self._options.get("token_in") != "header":
                    self._authenticate(token)
                self._hooks.on_open(False)
                if token is None:
                    self._connected(None, None)
                await self._read(self._socket)
        finally:
            if began is not None and loop.time() - began >= self._reconnect.stable_after:
                self._failures = 0
            self._session.end()
            self._outgoing = None
            for helper in helpers:
                helper.cancel()
            socket, self._socket = self._socket, None
            if socket is not None:
                try:
                    await socket.close()
                finally:
                    socket.transport.abort()  # where the close was given up; otherwise it does nothing

    async def _open(self) -> str | None:
        url = self._url if isinstance(self._url, str) else websocket_url(str(await called(self._url)))
        token = await self._session.fresh()
        options: dict[str, Any] = {"max_size": None, "close_timeout": 1, **self._options.get("websocket", {})}
        if token is not None and self._options.get("token_in") == "header":
            if not (token.isascii() and token.isprintable()):  # an error of the library would show it
                raise UnauthorizedError(
                    "The token cannot be a header; look for line breaks and characters beyond ASCII."
                )
            headers = dict(options.pop("additional_headers", None) or {})
            options["additional_headers"] = {**headers, "Authorization": f"Bearer {token}"}
        # Pings of the library would go unanswered while the application blocks the loop, and end a live connection.
        self._socket = await connect(
            url,
            subprotocols=[Subprotocol("skreaver.v1")],
            open_timeout=None,
            ping_interval=None,
            **options,
        )
        return token

    async def _read(self, socket: ClientConnection) -> None:
        is_probing = False
        while True:
            wait = self._options.get("probe_timeout", 8.0) if is_probing else self._idle()
            try:
                async with asyncio.timeout(wait):
                    text = await socket.recv()
                # What has arrived comes without a turn of the loop: readers would have to buffer all of it.
                await asyncio.sleep(0)
            except TimeoutError:
                if is_probing:
                    socket.transport.abort()
                    raise ConnectionLostError("PONG_TIMEOUT", 4001) from None
                is_probing = True
                self.send({"type": "ping"})
                continue
            except ConnectionClosed as error:
                raise self._verdict or lost_by(error) from None
            is_probing = False
            try:
                self._take(json.loads(text))
            except (KeyError, TypeError, ValueError) as error:
                log.error("The server sent a message that breaks the protocol: %.200r", text, exc_info=error)
            if self._verdict is not None:
                raise self._verdict

    async def _write(self, socket: ClientConnection, outgoing: asyncio.Queue[str]) -> None:
        try:
            while True:
                await socket.send(await outgoing.get())
        except ConnectionClosed:
            pass  # the reader says why

    def _take(self, message: Message) -> None:
        match message["type"]:
            case "ping":
                self.send({**message, "type": "pong"})
            case "auth_response":
                data = message["data"]
                if data["success"]:
                    self.told = data
                self._session.answered(data, self.state.status == "connected")
                if data["success"]:
                    self._connected(data.get("user_id"), data.get("connection_id"))
            case _:
                self._hooks.on_message(message)

    def _connected(self, user_id: str | None, connection_id: str | None) -> None:
        if self._limit is not None:
            self._limit.reschedule(None)
        if self.state.status != "connected" or self.state.user_id != user_id:  # a renewal changes nothing
            self._set(State("connected", user_id, connection_id))
        self._hooks.on_open(True)

    def _authenticate(self, token: str) -> None:
        self.send({"type": "auth", "data": {"token": token}})

    def _again(self) -> None:
        """Connects anew at once, as who the token says."""
        self._end(TokenReplaced("", 1000))

    def _end(self, error: SkreaverError) -> None:
        """The attempt or the connection ends with this."""
        self._verdict = error
        if self._socket is not None:
            self._closing = asyncio.create_task(self._socket.close(), name="skreaver_ws close")

    def _stop(self, error: SkreaverError) -> None:
        log.warning("Stopped (%s: %s).", error.code, error)
        self._set(State("stopped", error=error))
        self._hooks.on_lost(error, True)

    def _set(self, state: State) -> None:
        self.state = state
        self._hooks.on_state(state)

    def _idle(self) -> float:
        interval: float = self.told.get("ping_interval", 30_000) / 1000
        return self._options.get("idle_probe", interval * 1.5)
