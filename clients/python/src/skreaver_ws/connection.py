"""The connection machine: one attempt or one connection at a time, and what comes after it."""

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from .backoff import Reconnect, delay
from .blocked_loop import warn_when_blocked
from .errors import ConnectionLostError, SkreaverError, UnauthorizedError
from .options import Options, assert_known, called
from .session import Session

log = logging.getLogger("skreaver_ws")

Message = Mapping[str, Any]
Url = str | Callable[[], Any]

#: The fault is the client's own: coming back would not help.
FINAL_CODES = {1002, 1003, 1007, 1008, 1009}
HINT = re.compile(r";\s*retry_after_ms=(\d{1,15})\s*(?:;|$)")


def is_final(code: int) -> bool:
    """Whether a client stays away after this close code (PROTOCOL §9)."""
    return code in FINAL_CODES or 4500 <= code <= 4999


@dataclass(frozen=True, slots=True)
class State:
    """The state of a client.

    ``connecting``: an attempt is under way; ``error`` is that of the one before. ``connected``: open and authenticated.
    ``waiting``: for the next attempt, because of ``error``. ``stopped``: by a verdict of the server, or because there
    is no token. ``closed``: by the application.
    """

    status: Literal["connecting", "connected", "waiting", "stopped", "closed"]
    user_id: str | None = None
    connection_id: str | None = None
    error: SkreaverError | None = None
    #: Seconds that it waits.
    retry_in: float | None = None


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
        if self.state.status == "connected" and self.state.user_id == user_id:
            return  # a renewal changes nothing
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


def websocket_url(url: str) -> str:
    """
    :returns: the URL, in which ``http`` and ``https`` stand for ``ws`` and ``wss``
    :raises ValueError: it is none
    """
    try:
        parse_uri(url := re.sub(r"^http(s?:)", r"ws\1", url))
    except InvalidURI as error:
        raise ValueError(f"{error}; pass one as wss://example.com/ws") from None
    return url


def lost_by(error: ConnectionClosed) -> ConnectionLostError:
    if error.rcvd is None:
        return ConnectionLostError("", 1006)
    code, reason = error.rcvd.code, error.rcvd.reason
    hint = HINT.search(reason)
    return ConnectionLostError(
        reason.split(";")[0].strip(), code, retry_after=None if hint is None else int(hint[1]) / 1000
    )


def refused_upgrade(error: InvalidStatus) -> SkreaverError:
    """The response of the server to an upgrade that it refused has a code, a sentence, and how long to wait."""
    response = error.response
    try:
        body = json.loads(response.body or b"")
        code, message = str(body["code"]), str(body["message"])
    except (KeyError, TypeError, ValueError):
        code, message = "CONNECT_FAILED", f"The server answered with HTTP {response.status_code}."
    after = response.headers.get("Retry-After", "")
    details: dict[str, Any] = {"status": response.status_code}
    if after.isdecimal():
        details["retry_after_ms"] = int(after) * 1000
    return SkreaverError(code, message, details=details, retryable=True)
