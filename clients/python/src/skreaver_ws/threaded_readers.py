"""What a :class:`ThreadedClient` gives: the same objects, with methods that block and plain loops."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from .consumer import Consumer
from .errors import SkreaverError
from .events import Event, Position
from .members import Members, Presence
from .response_stream import ResponseStream
from .subscription import Subscription

Item = TypeVar("Item", covariant=True)


class Wait(Protocol):
    """Runs a coroutine in the thread of the client."""

    def __call__(self, work: Coroutine[Any, Any, Any]) -> Any: ...


async def soon(run: Callable[[], object]) -> None:
    run()


class ThreadedReader(Generic[Item]):
    """Iterate over it in any one thread; leaving the loop closes it."""

    def __init__(self, wait: Wait, get: Callable[[], Coroutine[Any, Any, Item]], close: Callable[[], object]) -> None:
        self._wait = wait
        self._get = get
        self._close = close

    def get(self, timeout: float | None = None) -> Item:
        """The next item.

        :raises TimeoutError: none came in so many seconds
        :raises StopIteration: it was closed, or has ended
        """

        async def within() -> Item:
            async with asyncio.timeout(timeout):
                return await self._get()

        try:
            item: Item = self._wait(within())
        except StopAsyncIteration:
            raise StopIteration from None
        return item

    def close(self) -> None:
        """No item comes after it. Never fails."""
        with contextlib.suppress(SkreaverError):  # the client has ended, and so has this
            self._wait(soon(self._close))

    def __iter__(self) -> Iterator[Item]:
        try:
            while True:
                try:
                    item = self.get()
                except StopIteration:
                    return
                yield item
        finally:
            self._leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _leave(self) -> None:
        self.close()


class ThreadedSubscription(ThreadedReader[Item]):
    """The events of a channel, as :class:`Subscription` gives them."""

    def __init__(self, wait: Wait, subscription: Subscription[Item]) -> None:
        super().__init__(wait, subscription.get, subscription.close)
        self._subscription = subscription
        self.channel = subscription.channel

    @property
    def position(self) -> Position | None:
        """That of the last event given. Store it to go on from there, by ``since``."""
        return self._subscription.position

    def ready(self, timeout: float | None = None) -> None:
        """Waits until it is subscribed. Raises the ``SubscribeError`` when that failed."""
        self._wait(self._subscription.ready(timeout))


class ThreadedConsumer(ThreadedReader[Event]):
    """The events of a channel, each at least once, as :class:`Consumer` gives them. Use it by ``with``."""

    def __init__(self, wait: Wait, consumer: Consumer) -> None:
        super().__init__(wait, consumer.get, consumer.close)
        self._consumer = consumer
        self.channel = consumer.channel

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wait(soon(lambda: self._consumer.close(is_handled=kind is None)))

    def _leave(self) -> None:
        """The end of the ``with`` block closes it: it knows whether the event at hand was handled."""


class ThreadedStream(ThreadedReader[Any]):
    """The chunks of a streamed result, as :class:`ResponseStream` gives them."""

    def __init__(self, wait: Wait, stream: ResponseStream) -> None:
        super().__init__(wait, stream.get, stream.cancel)
        self._stream = stream

    def result(self) -> Any:
        """What the method returns at the end. Raises the error of the request, as the iteration does."""
        return self._wait(self._stream.result())


class ThreadedMembers(ThreadedReader[Presence]):
    """Who is in a channel, as :class:`Members` gives it."""

    def __init__(self, wait: Wait, members: Members) -> None:
        super().__init__(wait, members.get, members.close)
        self._members = members

    @property
    def presence(self) -> Presence:
        return self._members.presence
