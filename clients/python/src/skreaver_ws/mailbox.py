"""What waits for its reader."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

from .errors import SkreaverError

T = TypeVar("T")


class Mailbox(Generic[T]):
    """A bounded queue for one reader. Its end comes after what waits."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: deque[T] = deque()
        self._change: asyncio.Event = asyncio.Event()
        self._error: BaseException | None = None
        self.is_ended = False

    def put(self, item: T) -> bool:
        """:returns: whether there was room; otherwise the mailbox fails with ``QUEUE_FULL``"""
        if self.is_ended:
            return True
        if len(self._items) >= self._limit:
            message = f"More than {self._limit} items wait for their reader; read faster, or with a larger `buffer`."
            self.end(SkreaverError("QUEUE_FULL", message, retryable=True))
            return False
        self._items.append(item)
        self._change.set()
        return True

    def end(self, error: BaseException | None = None) -> None:
        """The first end counts."""
        if not self.is_ended:
            self.is_ended, self._error = True, error
            self._change.set()

    def raise_error(self) -> None:
        """Raises what ended it, which then is not raised again."""
        error, self._error = self._error, None
        if error is not None:
            raise error

    def clear(self) -> None:
        self._items.clear()

    async def get(self) -> T:
        """The next item.

        :raises StopAsyncIteration: at the end, or the error that ended it
        """
        while not self._items:
            if self.is_ended:
                self.raise_error()
                raise StopAsyncIteration
            self._change.clear()
            await self._change.wait()
        return self._items.popleft()
