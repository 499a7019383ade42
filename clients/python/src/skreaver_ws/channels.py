"""The channels of a client. What changes in one turn of the loop goes out as one message."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from .channel import Channel, Reader
from .connection import Connection, Message
from .errors import SkreaverError, SubscribeError

#: Of one `subscribe` or `unsubscribe`. With names of 255 characters, positions and `join_leave` they are 750 keys
#: and less than 60 kB: a message may have 1,000 keys and 64 KiB (PROTOCOL §2).
MOST_PER_MESSAGE = 150


class Channels:
    def __init__(self, connection: Connection, next_id: Callable[[], str], linger: float) -> None:
        self._connection = connection
        self._next_id = next_id
        self._linger = linger
        self._table: dict[str, Channel] = {}
        self._changed: dict[Channel, None] = {}
        self._is_flushing = False
        self._timers: set[asyncio.TimerHandle] = set()
        self._ended: SkreaverError | None = None

    @property
    def has_ended(self) -> bool:
        """Nothing comes any more."""
        return self._ended is not None

    def add(self, name: str, reader: Reader) -> None:
        if self._ended is not None:
            return reader.fail(self._ended)
        channel = self._table.get(name)
        if channel is None:
            channel = self._table[name] = Channel(name, self._on_change, self._call_later)
        channel.add(reader)

    def remove(self, name: str, reader: Reader) -> None:
        channel = self._table.get(name)
        if channel is not None:
            channel.remove(reader)
            if not channel.is_used:
                self._call_later(self._linger, lambda: self._drop(channel))

    def epoch(self, name: str) -> str | None:
        """Of a channel that is subscribed to."""
        channel = self._table.get(name)
        return None if channel is None else channel.epoch

    def open(self) -> None:
        """The connection is open, or who the client is has changed: what is not subscribed to is asked for."""
        for channel in self._table.values():
            self._changed[channel] = None
        self._flush()

    def lost(self) -> None:
        for channel in self._table.values():
            channel.lost()

    def end(self, error: SkreaverError, is_closed: bool) -> None:
        """Nothing comes any more. Loops over events raise the error, or just end where the application closed it."""
        self._ended = error
        for channel in list(self._table.values()):
            channel.fail(None if is_closed else error)
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def take(self, message: Message) -> bool:
        """:returns: whether the message was for a channel"""
        correlation_id = message.get("correlation_id")
        data: Any = message.get("data")
        match message["type"]:
            case "subscribe_response":
                positions: Mapping[str, Any] = data.get("positions") or {}
                for name in data["subscribed"]:
                    if name in self._table:
                        self._table[name].subscribed(correlation_id, positions.get(name))
                for failure in data.get("failed") or ():
                    if failure["channel"] in self._table:
                        self._table[failure["channel"]].refused(correlation_id, failure)
            case "unsubscribe_response":
                for name in data["unsubscribed"] if correlation_id is None else ():
                    if name in self._table:
                        self._table[name].fail(SubscribeError(name, data.get("reason") or "UNSUBSCRIBED"))
            case "error":
                return any([channel.refused(correlation_id, data) for channel in list(self._table.values())])
            case "event" if "channel" in message["metadata"]:
                channel = self._table.get(message["metadata"]["channel"])
                if channel is not None:
                    channel.take(message)
            case _:
                return False
        return True

    def _drop(self, channel: Channel) -> None:
        if not channel.is_used and self._table.get(channel.name) is channel:
            del self._table[channel.name]
            self._on_change(channel)

    def _on_change(self, channel: Channel) -> None:
        self._changed[channel] = None
        if not self._is_flushing:
            self._is_flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._is_flushing = False
        changed, self._changed = list(self._changed), {}
        if not self._connection.is_open:
            return
        leave: list[str] = []
        join: list[tuple[Channel, Mapping[str, Any]]] = []
        for channel in changed:
            is_wanted = self._table.get(channel.name) is channel and channel.is_used
            if channel.leave(is_wanted):
                leave.append(channel.name)
            request = channel.request() if is_wanted else None
            if request is not None:
                join.append((channel, request))
        for at in range(0, len(leave), MOST_PER_MESSAGE):
            self._send("unsubscribe", leave[at : at + MOST_PER_MESSAGE])
        for at in range(0, len(join), MOST_PER_MESSAGE):
            part = join[at : at + MOST_PER_MESSAGE]
            correlation_id = self._send("subscribe", [request for _, request in part])
            for channel, _ in part:
                channel.ask(correlation_id)

    def _send(self, kind: str, channels: list[Any]) -> str:
        correlation_id = self._next_id()
        self._connection.send({"type": kind, "data": {"channels": channels}, "correlation_id": correlation_id})
        return correlation_id

    def _call_later(self, seconds: float, run: Callable[[], None]) -> None:
        def done() -> None:
            self._timers.discard(timer)
            run()

        timer = asyncio.get_running_loop().call_later(seconds, done)
        self._timers.add(timer)
