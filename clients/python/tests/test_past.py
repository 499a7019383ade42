"""Events that are read from the history: before the live ones, and in place of those that the server dropped."""

import socket
from collections.abc import Callable

import pytest

from clients import client_of
from lab import App
from skreaver_ws import Client, Consumer, Event, Gap, RequestError, Reset, Subscription, connect

COUNT = 500

Read = Callable[[Client], Subscription[Event] | Consumer]


async def test_begins_with_the_last_events_and_goes_on_with_the_live_ones(app: App, kept: str) -> None:
    await app.do("broadcast_many", channel=kept, count=5)
    async with client_of(app) as client:
        first = client.subscribe(kept, replay=2, resets=True)
        await first.ready(20)
        await app.do("broadcast_many", channel=kept, count=3)
        items = [await first.get() for _ in range(6)]
        assert isinstance(items[0], Reset) and items[0].reason == "new"
        events = [item for item in items if isinstance(item, Event)]
        assert [event.position and event.position.offset for event in events] == [4, 5, 6, 7, 8]
        assert first.position is not None and first.position.offset == 8
        later = client.subscribe(kept, replay=1_000)
        assert [(await later.get()).position for _ in range(8)][3:] == [event.position for event in events]


async def test_raises_where_it_may_not_begin_with_the_past(app: App) -> None:
    async with client_of(app) as client:
        with pytest.raises(RequestError) as refused:
            await client.subscribe("plain", replay=2).get()
        assert refused.value.code == "INVALID_PARAMS"
        with pytest.raises(ValueError, match="since"):
            client.subscribe("plain", replay=2, since="acked")


async def read_to_the_last(app: App, channel: str, read: Read) -> list[Event]:
    """What a client is given of events that came while its loop was blocked, in one process with it."""
    with socket.socket() as small:
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        small.connect(("127.0.0.1", int(app.direct_url.split(":")[2].split("/")[0])))
        async with connect(app.direct_url, token="token-ann", websocket={"sock": small, "compression": None}) as client:
            reader = read(client)
            await client.subscribe(channel).ready(20)
            app("broadcast_many", channel=channel, count=COUNT, pad=20_000)
            events = [await reader.get()]
            while events[-1].data["n"] < COUNT:
                events.append(await reader.get())
            return events


async def test_tells_the_gap_where_the_server_dropped_events() -> None:
    events = await read_to_the_last(App(broadcastBufferSize=20), "lossy", lambda client: client.subscribe("lossy"))
    assert any(event.gap for event in events)


@pytest.mark.parametrize(
    "read",
    [lambda client: client.subscribe("lossy", gaps="fill"), lambda client: client.consume("lossy")],
    ids=["subscription", "consumer"],
)
async def test_reads_what_the_server_dropped_from_the_history_in_its_order(read: Read) -> None:
    events = await read_to_the_last(App(broadcastBufferSize=20), "lossy", read)
    assert [event.data["n"] for event in events] == list(range(1, COUNT + 1))
    assert not any(event.gap for event in events)
    assert any(event.recovered for event in events)


async def test_tells_the_gap_of_which_the_history_has_nothing() -> None:
    events = await read_to_the_last(
        App(broadcastBufferSize=10), "short", lambda client: client.subscribe("short", gaps="fill")
    )
    expected = 1
    for event in events:
        missing = Gap(expected, event.data["n"] - 1) if event.data["n"] > expected else None
        assert event.gap == missing
        expected = event.data["n"] + 1
    assert any(event.gap for event in events)
