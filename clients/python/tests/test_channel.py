"""A channel between two turns of the loop: what it asks for is on its way, and messages of before still come."""

from typing import Any

from skreaver_ws import Event, Position, SkreaverError
from skreaver_ws.channel import Channel, Since


class Reader:
    join_leave = False

    def __init__(self, since: Since = None) -> None:
        self.since = since
        self.seen: list[Any] = []

    def begin(self, recovered: bool, position: Position | None) -> None:
        self.seen.append((recovered, position and position.offset))

    def take(self, event: Event) -> None:
        self.seen.append(event.data)

    def pause(self) -> None:
        self.seen.append("paused")

    def fail(self, error: SkreaverError | None) -> None:
        self.seen.append(error)


def new_channel() -> Channel:
    return Channel("news", lambda channel: None, lambda seconds, run: None)


def event(offset: int) -> dict[str, Any]:
    return {"data": offset, "metadata": {"channel": "news", "timestamp": 1, "epoch": "e", "offset": offset}}


def told(offset: int, recovered: bool = False) -> dict[str, Any]:
    return {"epoch": "e", "offset": offset, "recovered": recovered}


def asked_by(channel: Channel, correlation_id: str) -> Any:
    request = channel.request()
    channel.ask(correlation_id)
    return request


def test_gives_no_event_to_a_reader_that_begins_elsewhere_until_it_was_subscribed_to_from_there() -> None:
    channel, first, second = new_channel(), Reader(), Reader("acked")
    channel.add(first)
    asked_by(channel, "1")
    channel.subscribed("1", told(3))
    channel.add(second)
    channel.take(event(4))
    assert channel.leave(True)
    assert asked_by(channel, "2") == {"channel": "news", "since": "acked"}
    channel.subscribed("2", told(4, recovered=True))
    channel.take(event(3))
    channel.take(event(4))
    assert second.seen == [(True, 4), 3, 4]


def test_ignores_the_answer_to_what_it_has_asked_before_a_reader_came_that_begins_elsewhere() -> None:
    channel, first, second = new_channel(), Reader(), Reader(Position("e", 1))
    channel.add(first)
    asked_by(channel, "1")
    channel.add(second)
    channel.subscribed("1", told(3))
    assert channel.leave(True)
    assert asked_by(channel, "2") == {"channel": "news", "since": {"epoch": "e", "offset": 1}}
    channel.subscribed("2", told(3, recovered=True))
    assert second.seen == [(True, 3)]


def test_recovers_where_events_are_missing() -> None:
    channel, reader = new_channel(), Reader()
    channel.add(reader)
    asked_by(channel, "1")
    channel.subscribed("1", told(1))
    channel.take(event(2))
    channel.take(event(4))
    assert channel.leave(True)
    assert asked_by(channel, "2") == {"channel": "news", "since": {"epoch": "e", "offset": 2}}
    assert reader.seen == [(False, 1), 2]
