"""A client whose connection is cut at any byte: `CLIENT_TORTURE_SECONDS=600` for a long run."""

import asyncio
import os
import random

from lab import App, until
from skreaver_ws import Event, Reconnect, Reset, connect

SECONDS = float(os.environ.get("CLIENT_TORTURE_SECONDS", "12"))


async def test_cut_at_any_byte_it_loses_no_event_gets_none_twice_and_publishes_each_of_its_own_once(
    app: App, kept: str
) -> None:
    async with connect(
        app.harassed_url,
        token="token-tortured",
        reconnect=Reconnect(first_window=0.05, base=0.05, max=0.4),
        connect_timeout=3,
        idle_probe=1,
        probe_timeout=1,
        request_timeout=60,
        max_queued=10_000,
    ) as client:
        items: list[Event | Reset] = []
        subscription = client.subscribe(kept, resets=True, buffer=100_000)
        await subscription.ready(20)

        async def read() -> None:
            async for item in subscription:
                items.append(item)

        reading = asyncio.create_task(read())
        await app.do("harass")
        publishing = []
        due = asyncio.get_running_loop().time() + SECONDS
        n = 0
        while asyncio.get_running_loop().time() < due:
            publishing.append(asyncio.create_task(client.publish(kept, f"client {n}")))
            await app.do("broadcast", channel=kept, data=f"server {n}")
            await asyncio.sleep(random.random() * 0.1)
            n += 1
        cuts = await app.do("spare")
        await asyncio.wait_for(asyncio.gather(*publishing), 40)
        history = await app.do("history", channel=kept)
        await until(lambda: len(items) >= len(history) + 1)
        reading.cancel()
        events = [item for item in items if isinstance(item, Event)]
        assert [event.data for event in events] == history
        assert [event.position and event.position.offset for event in events] == list(range(1, len(history) + 1))
        assert sorted(data for data in history if data.startswith("client")) == sorted(f"client {i}" for i in range(n))
        assert [item.reason for item in items if isinstance(item, Reset)] == ["new"]
        assert cuts > SECONDS / 4, f"{cuts} cuts"
        print(f"{cuts} cuts, {len(history)} events")
