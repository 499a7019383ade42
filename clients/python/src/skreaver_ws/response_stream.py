"""A streamed result."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

from .errors import SkreaverError
from .items import items
from .mailbox import Mailbox
from .requests import Call, Requests


class ResponseStream:
    """The chunks of a streamed result, in order. Iterate over it once; leaving the loop cancels it on the server.

    ``async with`` makes sure that it is cancelled at the end of the block.
    """

    def __init__(self, requests: Requests, method: str, params: Any, timeout: float | None, buffer: int) -> None:
        self._chunks: Mailbox[Any] = Mailbox(buffer)
        call = Call(method, params, on_chunk=self._take)
        self._call = asyncio.create_task(requests.call(call, timeout), name=f"skreaver_ws {method}")
        self._call.add_done_callback(self._end)

    async def result(self) -> Any:
        """What the method returns at the end.

        Raises the error of the request, as the iteration does; ``REQUEST_CANCELLED`` where the loop was left.
        """
        await asyncio.wait([self._call])
        if self._call.cancelled():
            raise SkreaverError("REQUEST_CANCELLED", retryable=True)
        return self._call.result()

    def __aiter__(self) -> AsyncIterator[Any]:
        return items(self.get, self.cancel)

    async def get(self) -> Any:
        """The next chunk.

        :raises StopAsyncIteration: after the last one
        """
        return await self._chunks.get()

    def cancel(self) -> None:
        """Ends the request on the server too."""
        self._call.cancel()
        self._chunks.end()
        self._chunks.clear()

    async def aclose(self) -> None:
        """Cancels it, and waits until that is done."""
        self.cancel()
        await asyncio.wait([self._call])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _take(self, chunk: Any) -> None:
        if not self._chunks.put(chunk):
            self._call.cancel()

    def _end(self, call: asyncio.Task[Any]) -> None:
        self._chunks.end(None if call.cancelled() else call.exception())
