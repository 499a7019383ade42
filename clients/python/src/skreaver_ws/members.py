"""Who is in a channel, kept up to date."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from .backoff import Reconnect, delay
from .channels import Channels
from .errors import SkreaverError
from .events import Event, Member
from .items import items
from .subscription import Attached, Subscription

log = logging.getLogger("skreaver_ws")

#: Above 1,000 users the server sends no joins and leaves, so the list is asked for again.
POLL_SECONDS = 30.0

Read = Callable[[str, Any], Coroutine[Any, Any, Any]]


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is in a channel."""

    #: By the time of joining; those of the server's list first.
    members: tuple[Member, ...]
    #: There are more members than the server lists.
    is_truncated: bool = False
    #: It is kept up to date at the moment.
    is_live: bool = True


class Members:
    """Gives a :class:`Presence` after each change; of changes that come faster than they are read, the newest."""

    def __init__(self, channels: Channels, read: Read, channel: str) -> None:
        self.channel = channel
        self.presence = Presence((), is_live=False)
        self._read = read
        self._users: dict[str, Member] = {}
        self._change = asyncio.Event()
        self._subscription: Subscription[Event | Attached] = Subscription(
            channels, channel, join_leave=True, marks=True
        )
        self._task = asyncio.create_task(self._follow(), name="skreaver_ws members")
        self._task.add_done_callback(self._end)

    def __aiter__(self) -> AsyncIterator[Presence]:
        return items(self.get, self.close)

    async def get(self) -> Presence:
        """The newest, when it has changed since the last one.

        :raises StopAsyncIteration: it was closed; or the error that ended it
        """
        await self._change.wait()
        if self._task.done():
            if not self._task.cancelled():
                self._task.result()
            raise StopAsyncIteration
        self._change.clear()
        return self.presence

    def close(self) -> None:
        self._task.cancel()
        self._subscription.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _follow(self) -> None:
        while True:
            try:
                async with asyncio.timeout(POLL_SECONDS if self.presence.is_truncated else None):
                    item = await self._subscription.get()
            except StopAsyncIteration:
                return
            except SkreaverError:
                raise
            except TimeoutError:
                await self._load()
                continue
            if isinstance(item, Attached):
                if item.is_subscribed:
                    await self._load()
                else:
                    self._tell(is_live=False)
            elif item.kind == "join":
                self._users[item.data["user_id"]] = Member(item.data["user_id"], item.data.get("info"))
                self._tell()
            elif item.kind == "leave":
                self._users.pop(item.data["user_id"], None)
                self._tell()

    def _end(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.exception()  # `get` raises it; one that nobody waits for is not reported
        self._tell(is_live=False)

    async def _load(self) -> None:
        """Joins and leaves wait meanwhile, and are applied to the list: it may be older than they are."""
        failures = 0
        while True:
            try:
                result = await self._read("presence", {"channel": self.channel})
            except SkreaverError as error:
                if not error.retryable:
                    raise
                failures += 1
                await asyncio.sleep(delay(failures, Reconnect()))
            else:
                self._users = {each["user_id"]: Member(each["user_id"], each.get("info")) for each in result["members"]}
                return self._tell(is_live=True, is_truncated=result.get("truncated", False))

    def _tell(self, is_live: bool | None = None, is_truncated: bool | None = None) -> None:
        before = self.presence
        self.presence = Presence(
            tuple(self._users.values()),
            before.is_truncated if is_truncated is None else is_truncated,
            before.is_live if is_live is None else is_live,
        )
        self._change.set()
