"""One reader of a channel."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Any, Generic, Literal, Self, TypeVar

from .backoff import Reconnect, delay
from .channel import Since
from .channels import Channels
from .errors import SkreaverError
from .events import Event, Loaded, Position, Reset
from .items import items
from .mailbox import Mailbox
from .options import called
from .past import ReadHistory, filled, last_events

log = logging.getLogger("skreaver_ws")

Item = TypeVar("Item", covariant=True)
R = TypeVar("R")

#: What becomes of events that the server dropped: the next one tells the gap, or they are read from the history.
Gaps = Literal["report", "fill"]

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
        replay: int | None = None,
        gaps: Gaps = "report",
        history: ReadHistory | None = None,
        marks: bool = False,
        buffer: int = 1_000,
    ) -> None:
        if replay is not None and (load is not None or since is not None):
            raise ValueError("`replay` says where the events begin; pass neither `load` nor `since` with it.")
        self.channel = channel
        self.since = since
        self.join_leave = join_leave
        self._channels = channels
        self._load = load
        self._replay = replay
        self._gaps = gaps
        self._history = history
        self._gives_resets = resets and load is None
        self._has_resets = resets or load is not None or replay is not None
        self._has_marks = marks
        self._mailbox: Mailbox[Any] = Mailbox(buffer)
        self._at: Position | None = since if isinstance(since, Position) else None
        self._given: Position | None = self._at
        # Taken from the mailbox, and not given yet: also where a call of `get` is given up while it loads.
        self._at_hand: Any = None
        # What stands for it, as far as it has not been given.
        self._ready: deque[Any] = deque()
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
            if not self._ready:
                if self._at_hand is None:
                    self._at_hand = await self._mailbox.get()
                found = await self._found_for(self._at_hand)
                if self._at_hand is not None:  # otherwise it was closed meanwhile
                    self._ready.extend(found)
                    self._at_hand = None
            while self._ready:
                item = self._ready.popleft()
                if self._give(item):
                    return item  # type: ignore[no-any-return]  # as the overloads of `subscribe` say

    def close(self) -> None:
        """No event comes after it. Never fails."""
        if not self._mailbox.is_ended:
            self._mailbox.end()
            self._leave()
        self._mailbox.clear()
        self._ready.clear()
        self._at_hand = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _found_for(self, item: Any) -> list[Any]:
        try:
            return await self._in_place_of(item)
        except Exception:
            if not self._mailbox.is_ended:
                raise
            # What ended the subscription made this fail too.
            self._at_hand = None
            self._mailbox.raise_error()
            raise StopAsyncIteration from None

    async def _in_place_of(self, item: Any) -> list[Any]:
        """What is given for an item. Events wait while something is read, so that none falls between it and them."""
        if isinstance(item, Event):
            if self._given is not None and self._given.includes(item.position):
                return []  # the state, or what was read from the history, contains it
            if self._gaps == "fill" and item.gap is not None:
                return await self._filled(item)
        elif isinstance(item, Reset):
            if self._load is not None:
                return [item, await self._until_done(called, self._load, item)]
            if self._replay is not None and item.reason == "new":
                past = await self._until_done(last_events, self._history, self.channel, self._replay, item.position)
                return [item, *past]
        return [item]

    async def _filled(self, event: Event) -> list[Event]:
        try:
            return await self._until_done(filled, self._history, event)
        except SkreaverError as error:
            log.warning("A gap in %s was not filled: %s: %s", self.channel, error.code, error)
            return [event]

    async def _until_done(self, read: Callable[..., Awaitable[R]], *args: Any) -> R:
        """Tries again after an error, unless it says that this is of no use."""
        failures = 0
        while True:
            try:
                return await read(*args)
            except Exception as error:
                if self._mailbox.is_ended or (isinstance(error, SkreaverError) and not error.retryable):
                    raise
                failures += 1
                wait = delay(failures, Reconnect())
                log.warning("%s could not be loaded; trying again in %.1f s.", self.channel, wait, exc_info=error)
                await asyncio.sleep(wait)

    def _give(self, item: Any) -> bool:
        """Moves on to the item. :returns: whether the reader is to see it"""
        if isinstance(item, Reset):
            self._given = item.position
            return self._gives_resets
        if isinstance(item, Event | Loaded):
            self._given = item.position or self._given
        if not isinstance(item, Event) or item.kind is None:
            return True
        return self.join_leave and item.kind in ("join", "leave")

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
