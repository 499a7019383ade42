"""The loop over what is read item by item."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

Item = TypeVar("Item")


async def items(get: Callable[[], Awaitable[Item]], leave: Callable[[], object] = lambda: None) -> AsyncIterator[Item]:
    """What ``get`` returns, until it raises ``StopAsyncIteration``. However the loop is left, ``leave`` is called."""
    try:
        while True:
            try:
                item = await get()
            except StopAsyncIteration:
                return
            yield item
    finally:
        leave()
