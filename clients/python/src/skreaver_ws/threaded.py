"""The client for programs that block: its connection is served by a thread of its own."""

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, Unpack, overload

from .channel import Since
from .client import Client, Handler
from .errors import SkreaverError
from .events import Event, HistoryPage, Loaded, Position, Published, Reset
from .listeners import report
from .options import Options
from .state import State
from .subscription import Gaps
from .threaded_readers import ThreadedConsumer, ThreadedMembers, ThreadedStream, ThreadedSubscription
from .url import Url

S = TypeVar("S")
T = TypeVar("T")

#: Handlers of questions, `load` and `get_token` that block at the same time.
MOST_THREADS = 32

#: Seconds that what runs at the end is given, and then once more after it was cancelled.
GRACE = 0.2


class ThreadedClient:
    """:class:`Client` with methods that block, for programs without a loop: scripts, agents, model calls.

    A thread of its own answers the server's pings, reconnects and recovers, however long the program is busy. Loops
    over events run in the thread that iterates; handlers run in threads of their own. Any thread may call any method.
    """

    def __init__(self, url: Url, **options: Unpack[Options]) -> None:
        self._client = Client(url, **options)
        self._listening = ThreadPoolExecutor(1, thread_name_prefix="skreaver_ws listener")
        # Held while it starts, ends, or is given something to run.
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> State:
        return self._client.state

    def start(self) -> Self:
        """Begins to connect, once, and does not wait for it. ``with`` does it."""
        with self._lock:
            if self._thread is None:
                self._loop = asyncio.new_event_loop()
                executor = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="skreaver_ws handler")
                self._loop.set_default_executor(executor)
                self._thread = threading.Thread(target=self._loop.run_forever, name="skreaver_ws", daemon=True)
                self._thread.start()
        self._wait(self._soon(self._client.start))
        return self

    def close(self) -> None:
        """Ends the connection and the thread. What waits for an answer raises, and loops over events end."""
        self._assert_other_thread()
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None and self._thread is not None and self._thread.is_alive():
            try:
                asyncio.run_coroutine_threadsafe(self._end(), loop).result()
            finally:
                loop.call_soon_threadsafe(loop.stop)
                self._thread.join()
                loop.close()
                self._listening.shutdown(wait=False, cancel_futures=True)

    def ready(self, timeout: float | None = None) -> State:
        """Waits until it is connected, as :meth:`Client.ready` does."""
        return self._wait(self._client.ready(timeout))

    @overload
    def subscribe(
        self,
        channel: str,
        *,
        since: Since = ...,
        replay: int | None = ...,
        gaps: Gaps = ...,
        join_leave: bool = ...,
        buffer: int = ...,
    ) -> ThreadedSubscription[Event]: ...
    @overload
    def subscribe(
        self,
        channel: str,
        *,
        resets: Literal[True],
        since: Since = ...,
        replay: int | None = ...,
        gaps: Gaps = ...,
        join_leave: bool = ...,
        buffer: int = ...,
    ) -> ThreadedSubscription[Event | Reset]: ...
    @overload
    def subscribe(
        self,
        channel: str,
        *,
        load: Callable[[Reset], Loaded[S] | Awaitable[Loaded[S]]],
        since: Since = ...,
        gaps: Gaps = ...,
        join_leave: bool = ...,
        buffer: int = ...,
    ) -> ThreadedSubscription[Event | Loaded[S]]: ...
    def subscribe(self, channel: str, **options: Any) -> ThreadedSubscription[Any]:
        """Subscribes to a channel, as :meth:`Client.subscribe` does."""
        return ThreadedSubscription(
            self._wait, self._wait(self._soon(lambda: self._client.subscribe(channel, **options)))
        )

    def consume(
        self, channel: str, *, on_unrecovered: Literal["continue", "stop"] = "continue", buffer: int = 1_000
    ) -> ThreadedConsumer:
        """Handles the events of a channel one by one, each at least once, as :meth:`Client.consume` does."""

        def consume() -> ThreadedConsumer:
            consumer = self._client.consume(channel, on_unrecovered=on_unrecovered, buffer=buffer)
            return ThreadedConsumer(self._wait, consumer)

        return self._wait(self._soon(consume))

    def request(self, method: str, params: Any = None, *, timeout: float | None = None) -> Any:
        """Calls a method, as :meth:`Client.request` does."""
        return self._wait(self._client.request(method, params, timeout=timeout))

    def stream(
        self, method: str, params: Any = None, *, timeout: float | None = None, buffer: int = 1_000
    ) -> ThreadedStream:
        """Calls a method that streams its result, as :meth:`Client.stream` does."""
        return ThreadedStream(
            self._wait,
            self._wait(self._soon(lambda: self._client.stream(method, params, timeout=timeout, buffer=buffer))),
        )

    def publish(
        self,
        channel: str,
        data: Any,
        *,
        idempotency_key: str | Literal[False] | None = None,
        timeout: float | None = None,
    ) -> Published:
        """Publishes an event, once, as :meth:`Client.publish` does."""
        return self._wait(self._client.publish(channel, data, idempotency_key=idempotency_key, timeout=timeout))

    def history(
        self,
        channel: str,
        *,
        since: Position | None = None,
        limit: int | None = None,
        reverse: bool = False,
        timeout: float | None = None,
    ) -> HistoryPage:
        """Reads the history of a channel, as :meth:`Client.history` does."""
        return self._wait(self._client.history(channel, since=since, limit=limit, reverse=reverse, timeout=timeout))

    def set_token(self, token: str | None) -> None:
        """Goes on with another token, as :meth:`Client.set_token` does."""
        self._wait(self._soon(lambda: self._client.set_token(token)))

    def members(self, channel: str) -> ThreadedMembers:
        """The members of a channel with presence, kept up to date."""
        return ThreadedMembers(self._wait, self._wait(self._soon(lambda: self._client.members(channel))))

    def answer(self, handler: Handler) -> Handler:
        """Registers a handler of questions, as :meth:`Client.answer` does. It may block."""
        return self._client.answer(handler)

    def on_state(self, listener: Handler) -> Handler:
        """Registers a function that is called at each change of the state. It may block."""
        self._client.on_state(self._in_order(listener))
        return listener

    def on_direct(self, listener: Handler) -> Handler:
        """Registers a function for events without a channel. It may block."""
        self._client.on_direct(self._in_order(listener))
        return listener

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs it in the thread of the client. Ctrl+C in the thread that waits gives it up."""
        try:
            future = self._begin(work)
        except BaseException:
            work.close()
            raise
        try:
            return future.result()
        except CancelledError:
            raise SkreaverError("CLOSED") from None
        except BaseException:
            future.cancel()
            raise

    def _begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        self._assert_other_thread()
        with self._lock:
            # In a forked process the thread is not alive.
            if self._loop is None or self._thread is None or not self._thread.is_alive():
                raise SkreaverError("CLOSED", "The client is not running; use `with`, or call `start`.")
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _assert_other_thread(self) -> None:
        if self._thread is threading.current_thread():
            raise RuntimeError("The thread of the client would wait for itself; call it from another thread.")

    async def _end(self) -> None:
        """Calls raise and loops end by themselves. What goes on, such as a ``load``, is cancelled: its caller waits."""
        await self._client.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if left:
            _, left = await asyncio.wait(left, timeout=GRACE)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=GRACE)

    @staticmethod
    async def _soon(make: Callable[[], T]) -> T:
        return make()

    def _in_order(self, listener: Callable[[Any], object]) -> Callable[[Any], object]:
        def heard(value: Any) -> None:
            try:
                listener(value)
            except Exception as error:
                report(error)

        def put(value: Any) -> None:
            self._listening.submit(heard, value)

        return listener if inspect.iscoroutinefunction(listener) else put
