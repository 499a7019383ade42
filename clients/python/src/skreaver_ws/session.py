"""The token: when it is asked for, when it is renewed, and what a refusal means. Outlives the connections."""

import asyncio
import logging
import math
import random
import time
from collections.abc import Callable, Mapping
from typing import Any

from .errors import UnauthorizedError
from .options import Options, TokenReason, called

log = logging.getLogger("skreaver_ws")


class Session:
    def __init__(
        self,
        options: Options,
        send: Callable[[str], None],
        on_refused: Callable[[UnauthorizedError], None],
        on_other_user: Callable[[], None],
    ) -> None:
        self._get_token = options.get("get_token")
        self._token = options.get("token")
        self._is_in_header = options.get("token_in") == "header"
        self._send = send
        self._on_refused = on_refused
        self._on_other_user = on_other_user
        self._expires_at = math.inf
        self._was_refused = False
        #: A token that the application gave has not been answered on this connection.
        self.is_replaced = False
        self._renewal: asyncio.Task[None] | None = None

    async def fresh(self) -> str | None:
        """The token for a new connection. Raises what ``get_token`` raised."""
        is_over = time.monotonic() >= self._expires_at
        self.is_replaced = False
        if self._get_token is None or (self._token is not None and not is_over):
            return self._token
        return await self._obtain("expired" if is_over else "refused" if self._was_refused else "connect")

    def answered(self, data: Mapping[str, Any], is_connected: bool) -> None:
        """The server answered an ``auth``, or told who the client is."""
        if not data["success"]:
            return self._refused(data["error"], is_connected)
        self._was_refused = self.is_replaced = False
        lifetime: float = data.get("expires_in", math.inf)
        if lifetime == math.inf and "expires_at" in data:  # from an older server; the clock here may be wrong
            lifetime = data["expires_at"] / 1000 - time.time()
        self._expires_at = time.monotonic() + lifetime
        # Before the last minute, or half-way; spread, since many clients may have got their tokens at once.
        early = min(60.0, lifetime / 2) * (0.8 + random.random() * 0.4)
        if self._get_token is not None and lifetime < math.inf:
            self._renew("expiring", max(0.1, lifetime - early))

    def discard(self) -> bool:
        """The token is of no use any more. :returns: whether there may be another one"""
        may_be_another = self._get_token is not None and not self._was_refused
        self._was_refused = True
        if self._get_token is not None:
            self._keep(None)
        return may_be_another

    def replace(self, token: str | None) -> None:
        """The application gives another token, which may be of another user."""
        self.end()
        self._keep(token)
        self._was_refused, self.is_replaced = False, True

    def expire(self) -> None:
        self._expires_at = 0.0

    def end(self) -> None:
        """The connection is gone, and with it what would have renewed it."""
        if self._renewal is not None:
            self._renewal.cancel()

    def _refused(self, error: Mapping[str, Any], is_connected: bool) -> None:
        if error["code"] != "AUTHENTICATION_FAILED":
            # A session goes on as it was after an outage. A connection without one is closed, and told how to go on.
            if is_connected:
                hint = (error.get("details") or {}).get("retry_after_ms", 5_000) / 1000
                self._renew("expiring", hint * (1 + random.random()))
        elif self._is_in_header and not is_connected:
            pass  # the server closes it with 4500
        elif self.is_replaced and is_connected:
            self.is_replaced = False
            self._on_other_user()
        elif self.discard():
            self._renew("refused", 0.0)
        else:
            self._on_refused(UnauthorizedError(error.get("message")))

    def _renew(self, reason: TokenReason, wait: float) -> None:
        self.end()
        self._renewal = asyncio.create_task(self._renewed(reason, wait), name="skreaver_ws renewal")

    async def _renewed(self, reason: TokenReason, wait: float) -> None:
        """Asks for another token while the connection goes on, until there is one or the server ends the session."""
        while True:
            await asyncio.sleep(wait)
            try:
                token = await self._obtain(reason)
            except UnauthorizedError as error:
                return self._on_refused(error)
            except Exception as error:
                log.warning("The token could not be renewed; trying again.", exc_info=error)
                wait = 5.0 * (1 + random.random())
            else:
                return self._send(token) if token is not None else None

    async def _obtain(self, reason: TokenReason) -> str | None:
        if self._get_token is None:  # the same again, after an outage
            return self._token
        before = self._token
        token = await called(self._get_token, reason)
        if not isinstance(token, str | None):
            raise UnauthorizedError(f"`get_token` returned a {type(token).__name__} instead of a string.")
        if self._token is before:  # otherwise the application has replaced it meanwhile
            self._keep(token)
        return self._token

    def _keep(self, token: str | None) -> None:
        self._token, self._expires_at = token, math.inf
