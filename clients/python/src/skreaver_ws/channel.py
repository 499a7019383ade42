"""One channel: its one subscription on the wire, and the readers that share it."""

import random
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

from .errors import SkreaverError, SubscribeError
from .events import Event, Position, position_of

Since = Position | Literal["acked"] | None


class Reader(Protocol):
    """A subscription as its channel sees it."""

    since: Since
    join_leave: bool

    def begin(self, recovered: bool, position: Position | None) -> None:
        """The channel is subscribed to; ``recovered``: events go on after the reader's position."""

    def take(self, event: Event) -> None: ...
    def pause(self) -> None:
        """The connection is gone."""

    def fail(self, error: SkreaverError | None) -> None: ...


class Channel:
    def __init__(
        self,
        name: str,
        on_change: Callable[["Channel"], None],
        call_later: Callable[[float, Callable[[], None]], Any],
    ) -> None:
        self.name = name
        self._on_change = on_change
        self._call_later = call_later
        self._readers: set[Reader] = set()
        # `pending`: it is asked for, and events are not for us yet.
        self._wire: Literal["none", "pending", "on"] = "none"
        # Of the last event given to all readers; where to recover from.
        self._position: Position | None = None
        # Recover from what the user has acknowledged, while there is no position.
        self._is_acked = False
        # Up to this offset events are recovered ones.
        self._recovered_to = 0
        self._asked: str | None = None
        self._has_join_leave = False
        # The server subscribed the client before its own subscribe was taken.
        self._is_preempted = False
        # To be left and subscribed to again, from the position.
        self._is_again = False
        # Until the server's hint is over.
        self._is_waiting = False

    @property
    def is_used(self) -> bool:
        return bool(self._readers)

    @property
    def epoch(self) -> str | None:
        """While subscribed."""
        return self._position.epoch if self._wire == "on" and self._position is not None else None

    def add(self, reader: Reader) -> None:
        """Where the subscription is after the place where the reader begins, it begins anew there."""
        self._readers.add(reader)
        self._on_change(self)
        since = reader.since
        is_before = False
        if isinstance(since, Position) and not since.includes(self._position):
            is_before, self._position = True, since
        elif since == "acked":
            self._is_acked = True
            if self._wire != "none":
                self._position = None
        if self._wire != "none" and (is_before or since == "acked"):
            self._is_again = True
        elif self._wire == "on":
            reader.begin(since is not None, self._position)

    def remove(self, reader: Reader) -> None:
        self._readers.discard(reader)

    def leave(self, is_wanted: bool) -> bool:
        """:returns: whether the server has to be told that the channel is left"""
        if self._wire == "none" or (is_wanted and not self._is_again):
            return False
        self._wire = "none"
        self._is_again = self._has_join_leave = False
        return True

    def request(self) -> Mapping[str, Any] | None:
        """What to ask the server for; None where it has been asked."""
        join_leave = any(reader.join_leave for reader in self._readers)
        if self._wire == "none":
            if not self._readers or self._is_waiting:
                return None
        elif not join_leave or self._has_join_leave:
            return None
        self._has_join_leave = join_leave
        entry: dict[str, Any] = {"channel": self.name}
        if self._wire == "none":
            if self._position is not None:
                entry["since"] = {"epoch": self._position.epoch, "offset": self._position.offset}
            elif self._is_acked:
                entry["since"] = "acked"
        if join_leave:
            entry["join_leave"] = True
        return entry

    def ask(self, correlation_id: str) -> None:
        """The server is asked, by the message with this id."""
        if self._wire == "none":
            self._wire, self._asked = "pending", correlation_id

    def subscribed(self, correlation_id: str | None, told: Mapping[str, Any] | None) -> None:
        """The server has subscribed the client: as it was asked, or by itself, without an id."""
        if self._is_again:
            return  # it is left in this turn of the loop
        at = None if told is None else position_of(told)
        recovered = told is not None and told["recovered"]
        if correlation_id is None and self._wire == "pending":
            self._is_preempted = True
        elif (
            self._wire == "on" if correlation_id is None else self._wire == "pending" and self._asked == correlation_id
        ):
            if self._is_preempted and not recovered and (self._position is not None or self._is_acked):
                return self._again()
            self._wire = "on"
            self._is_preempted = False
            self._recovered_to = at.offset if recovered and at is not None else 0
            if not recovered:
                self._position = at
            for reader in list(self._readers):
                reader.begin(recovered, at)

    def refused(self, correlation_id: str | None, error: Mapping[str, Any]) -> bool:
        """:returns: whether the error is the answer to what this channel asked"""
        if self._wire != "pending" or self._asked != correlation_id:
            return False
        hint = (error.get("details") or {}).get("retry_after_ms")
        self._wire = "none"
        self._has_join_leave = self._is_preempted = self._is_again = False
        if hint is not None:
            self._is_waiting = True
            self._call_later(hint / 1000 * (1 + random.random() * 0.2), self._retry)
        elif error["code"] != "AUTHENTICATION_REQUIRED":  # then it is subscribed to when the next token is taken
            self.fail(SubscribeError(self.name, error["code"], error.get("message"), details=error.get("details")))
        return True

    def lost(self) -> None:
        """The connection is gone."""
        self._wire = "none"
        self._has_join_leave = self._is_preempted = self._is_again = False
        for reader in list(self._readers):
            reader.pause()

    def fail(self, error: SkreaverError | None) -> None:
        """The server ended it, the client has stopped, or it was closed (``None``)."""
        self._wire = "none"
        self._has_join_leave = self._is_preempted = self._is_again = False
        for reader in list(self._readers):
            reader.fail(error)

    def take(self, message: Mapping[str, Any]) -> None:
        """Gives an event to the readers. Where events are missing before it, the channel recovers instead."""
        if self._wire != "on" or self._is_again:
            return
        position = position_of(message["metadata"])
        if position is not None:
            at = self._position
            if at is not None and at.includes(position):
                return
            is_told = at is None or at.offset + 1 == position.offset or "gap" in message["metadata"]
            if not is_told or (at is not None and at.epoch != position.epoch):
                return self._again()
            self._position = position
        event = Event.of(message, position is not None and position.offset <= self._recovered_to)
        for reader in list(self._readers):
            reader.take(event)

    def _again(self) -> None:
        self._is_again = True
        self._on_change(self)

    def _retry(self) -> None:
        self._is_waiting = False
        self._on_change(self)
