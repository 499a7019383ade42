"""What is read from the history of a channel, in place of events that did not come on the wire."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Protocol

from .events import Event, Gap, HistoryPage, Position

MOST_PER_PAGE = 1_000


class ReadHistory(Protocol):
    def __call__(
        self, channel: str, *, since: Position | None = ..., limit: int | None = ..., reverse: bool = ...
    ) -> Awaitable[HistoryPage]: ...


async def last_events(read: ReadHistory, channel: str, count: int, position: Position | None) -> list[Event]:
    """So many events up to the position, where the live ones begin."""
    before = None if position is None else Position(position.epoch, position.offset + 1)
    page = await read(channel, since=before, limit=count, reverse=True)
    return page.events[::-1]


async def filled(read: ReadHistory, event: Event) -> list[Event]:
    """What the history has of the gap before the event, and the event. Each tells what is left of the gap."""
    gap, position = event.gap, event.position
    if gap is None or gap.first is None or gap.last is None or position is None:
        return [event]
    events: list[Event] = []
    expected = gap.first
    while expected <= gap.last:
        page = await read(event.channel, since=Position(position.epoch, expected - 1), limit=MOST_PER_PAGE)
        found = [past for past in page.events if Position(position.epoch, gap.last).includes(past.position)]
        if not found:
            break
        for past in found:
            events.append(after(past, expected))
            expected = offset_of(past) + 1
    return [*events, after(event, expected)]


def after(event: Event, expected: int) -> Event:
    """The event, with the gap between the offset that was expected and its own."""
    last = offset_of(event) - 1
    return replace(event, gap=Gap(expected, last) if expected <= last else None)


def offset_of(event: Event) -> int:
    assert event.position is not None
    return event.position.offset
