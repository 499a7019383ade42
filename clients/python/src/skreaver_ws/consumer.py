"""Handles the events of a channel one by one, each at least once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from types import TracebackType
from typing import Any, Literal, Self

from .channel import Since
from .channels import Channels
from .errors import SkreaverError
from .events import Event, Position, Reset
from .items import items
from .past import ReadHistory
from .subscription import Subscription

ACK_EVENTS = 20
ACK_SECONDS = 1.0


class Consumer:
    """The events of a channel, each at least once over all processes of the user.

    The next turn of the loop says that the event was handled, and so does leaving the ``async with`` block without an
    error. An error leaves it to be handled again. Acknowledgements go out after 20 events or a second. The end of the
    block closes it, not that of the loop.
    """

    def __init__(
        self,
        channels: Channels,
        send: Callable[[Mapping[str, Any]], None],
        history: ReadHistory,
        channel: str,
        on_unrecovered: Literal["continue", "stop"],
        buffer: int,
    ) -> None:
        self.channel = channel
        self._channels = channels
        self._send = send
        self._history = history
        self._on_unrecovered = on_unrecovered
        self._buffer = buffer
        self._at_hand: Event | None = None
        self._handled: Position | None = None
        self._unacked = 0
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._subscription = self._subscribe()

    def __aiter__(self) -> AsyncIterator[Event]:
        return items(self.get)

    async def get(self) -> Event:
        """The next event; the one before it was handled.

        :raises SkreaverError: ``UNRECOVERED``, where that stops it
        :raises StopAsyncIteration: it was closed
        """
        self._done()
        while not self._is_closed:
            try:
                item = await self._subscription.get()
            except SkreaverError as error:
                if error.code != "QUEUE_FULL":
                    raise
                # All that waited has been handled: it begins anew after that.
                self._subscription = self._subscribe()
                continue
            if isinstance(item, Event):
                self._at_hand = item
                return item
            if self._on_unrecovered == "stop":
                self.close(is_handled=False)
                raise SkreaverError("UNRECOVERED", "Events after the last acknowledged one are gone.")
            # From here on nothing is missed, also if the process ends before the first event.
            self._count(item.position)
        raise StopAsyncIteration

    def close(self, *, is_handled: bool = False) -> None:
        """Ends it, and acknowledges what was handled; ``is_handled``: the event at hand too."""
        if is_handled:
            self._done()
        self._at_hand = None
        if not self._is_closed:
            self._ack()
            self._is_closed = True
            self._subscription.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(is_handled=kind is None)

    def _subscribe(self) -> Subscription[Event | Reset]:
        since: Since = self._handled or "acked"
        return Subscription(
            self._channels,
            self.channel,
            since=since,
            gaps="fill",
            history=self._history,
            resets=True,
            buffer=self._buffer,
        )

    def _done(self) -> None:
        event, self._at_hand = self._at_hand, None
        if event is not None:
            self._count(event.position)

    def _count(self, position: Position | None) -> None:
        self._handled = position or self._handled
        self._unacked += 1
        if self._unacked >= ACK_EVENTS:
            self._ack()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(ACK_SECONDS, self._ack)

    def _ack(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._handled is None or self._unacked == 0 or self._is_closed:
            return
        # Without a connection, or of a counter that has begun anew since then: it would acknowledge other events.
        if self._channels.epoch(self.channel) == self._handled.epoch:
            self._unacked = 0
            self._send({"type": "ack", "data": {"channel": self.channel, "offset": self._handled.offset}})
        elif not self._channels.has_ended:
            self._timer = asyncio.get_running_loop().call_later(ACK_SECONDS, self._ack)
