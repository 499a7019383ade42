"""One reader of a channel."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from .backoff import Reconnect, delay
from .channel import Since
from .channels import Channels
from .errors import SkreaverError
from .events import Event, Loaded, Position, Reset
from .items import items
from .mailbox import Mailbox
from .options import called

log = logging.getLogger("skreaver_ws")

Item = TypeVar("Item", covariant=True)

Load = Callable[[Reset], Loaded[Any] | Awaitable[Loaded[Any]]]


class Attached:
    """In the place where the channel was subscribed to (again), or the connection was lost. For :class:`Members`."""

    def __init__(self, is_subscribed: bool) -> None:
        self.is_subscribed = is_subscribed


class Subscription(Generic[Item]):
    """The events of a channel from now on, in their order and each once.

    It outlives connections: what was missed is recovered, or a ``Reset`` says that it cannot be. Iterate over it, or
    await ``get``; leaving the loop closes it. All subscriptions of a channel share one on the wire.
    """

    def __init__(
        self,
        channels: Channels,
        channel: str,
        *,
        since: Since = None,
        join_leave: bool = False,
        resets: bool = False,
        load: Load | None = None,
        marks: bool = False,
        buffer: int = 1_000,
    ) -> None:
        self.channel = channel
        self.since = since
        self.join_leave = join_leave
        self._channels = channels
        self._load = load
        self._has_resets = resets or load is not None
        self._has_marks = marks
        self._mailbox: Mailbox[Any] = Mailbox(buffer)
        self._at: Position | None = since if isinstance(since, Position) else None
        self._given: Position | None = self._at
        self._skip_to: Position | None = None
        self._to_load: Reset | None = None
        self._has_begun = False
        self._subscribed = asyncio.Event()
        channels.add(channel, self)

    @property
    def position(self) -> Position | None:
        """That of the last event given. Store it to go on from there, by ``since``."""
        return self._given

    async def ready(self, timeout: float | None = None) -> None:
        """Waits until it is subscribed. Raises the ``SubscribeError`` when that failed; ``CLOSED`` if it was closed."""
        async with asyncio.timeout(timeout):
            await self._subscribed.wait()
        self._mailbox.raise_error()
        if self._mailbox.is_ended:
            raise SkreaverError("CLOSED")

    def __aiter__(self) -> AsyncIterator[Item]:
        return items(self.get, self.close)

    async def get(self) -> Item:
        """The next item.

        :raises SubscribeError: the server refused it, or ended it
        :raises SkreaverError: ``QUEUE_FULL`` after so many events waited for this reader; or what stopped the client
        :raises StopAsyncIteration: it was closed
        """
        while True:
            item: Any = self._to_load or await self._mailbox.get()
            if isinstance(item, Event):
                if self._skip_to is not None and self._skip_to.includes(item.position):
                    continue
                self._given = item.position or self._given
                if item.kind is not None and not (self.join_leave and item.kind in ("join", "leave")):
                    continue
            elif isinstance(item, Reset):
                self._given = item.position
                self._skip_to = None
                if self._load is not None:
                    self._to_load = item  # also where this call is given up
                    item = await self._loaded(self._load, item)
                    self._to_load = None
            return item  # type: ignore[no-any-return]  # as the overloads of `subscribe` say

    def close(self) -> None:
        """No event comes after it. Never fails."""
        if not self._mailbox.is_ended:
            self._mailbox.end()
            self._leave()
        self._mailbox.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _loaded(self, load: Load, reset: Reset) -> Loaded[Any]:
        """Events wait meanwhile, so that none falls between the state and the events."""
        failures = 0
        while True:
            try:
                loaded = await called(load, reset)
            except Exception as error:
                if isinstance(error, SkreaverError) and not error.retryable:
                    raise
                wait = delay(failures + 1, Reconnect())
                log.warning(
                    "The state of %s could not be loaded; trying again in %.1f s.", self.channel, wait, exc_info=error
                )
                failures += 1
                await asyncio.sleep(wait)
            else:
                self._skip_to = loaded.position
                self._given = loaded.position or self._given
                return loaded

    def _put(self, item: object) -> None:
        if not self._mailbox.put(item):
            self._leave()

    def _leave(self) -> None:
        self._subscribed.set()
        self._channels.remove(self.channel, self)

    # What the channel tells.

    def begin(self, recovered: bool, position: Position | None) -> None:
        is_new, self._has_begun = not self._has_begun, True
        at = self._at
        goes_on = (
            not is_new or self.since is not None
            if recovered
            else not is_new and at is not None and at.includes(position)
        )
        if not goes_on:
            self._at = position
            has_other_epoch = at is not None and position is not None and at.epoch != position.epoch
            if self._has_resets:
                is_first = is_new and self.since is None
                self._put(Reset("new" if is_first else "epoch" if has_other_epoch else "unrecovered", position))
        if self._has_marks:
            self._put(Attached(True))
        self._subscribed.set()

    def take(self, event: Event) -> None:
        if self._at is not None and self._at.includes(event.position):
            return
        self._at = event.position or self._at
        self._put(event)

    def pause(self) -> None:
        if self._has_marks:
            self._put(Attached(False))
        if not self._mailbox.is_ended:
            self._subscribed.clear()

    def fail(self, error: SkreaverError | None) -> None:
        self._mailbox.end(error)
        self._leave()
