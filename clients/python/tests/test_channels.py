import asyncio
import gc
from typing import Any

import pytest

from clients import client_of
from lab import App, until
from skreaver_ws import Event, Loaded, Member, Position, Presence, RequestError, Reset, SkreaverError, SubscribeError


async def test_gives_the_events_of_a_channel_in_order_to_all_who_read_it(app: App, kept: str) -> None:
    async with client_of(app) as client:
        one, other = client.subscribe(kept), client.subscribe(kept)
        await asyncio.gather(one.ready(20), other.ready(20))
        for n in range(3):
            await app.do("broadcast", channel=kept, data=n)
        assert [(await one.get()).data for _ in range(3)] == [0, 1, 2]
        assert [(await other.get()).data for _ in range(3)] == [0, 1, 2]
        assert await app.do("subscribers", channel=kept) == 1
        assert one.position is not None and one.position.offset == 3


async def test_leaving_the_loop_leaves_the_channel(app: App, kept: str) -> None:
    async with client_of(app, linger=0.05) as client:
        subscription = client.subscribe(kept)
        await subscription.ready(20)
        await app.do("broadcast", channel=kept, data=1)
        async for event in subscription:
            assert event.data == 1
            break

        async def is_left() -> bool:
            return bool(await app.do("subscribers", channel=kept) == 0)

        await until(is_left)


async def test_recovers_what_it_missed_while_its_connection_was_cut_each_event_once(app: App, kept: str) -> None:
    async with client_of(app) as client:
        subscription = client.subscribe(kept, resets=True)
        await subscription.ready(20)
        await app.do("broadcast", channel=kept, data=1)
        first = [await subscription.get(), await subscription.get()]
        assert isinstance(first[0], Reset) and first[0].reason == "new"
        await app.do("refuse")
        for n in (2, 3):
            await app.do("broadcast", channel=kept, data=n)
        await app.do("accept")
        await client.ready(20)
        await subscription.ready(20)
        await app.do("broadcast", channel=kept, data=4)
        items = [first[1], *[await subscription.get() for _ in range(3)]]
        events = [item for item in items if isinstance(item, Event)]
        assert [(event.data, event.recovered) for event in events] == [(1, False), (2, True), (3, True), (4, False)]
        assert [event.position and event.position.offset for event in events] == [1, 2, 3, 4]


async def test_recovers_more_channels_than_one_message_has_room_for(kept: str) -> None:
    own = App(maxSubscriptionsPerConnection=300)
    async with client_of(own) as client:
        subscriptions = [client.subscribe(f"{kept}-{n}") for n in range(300)]
        await asyncio.gather(*[subscription.ready(20) for subscription in subscriptions])
        await own.do("refuse")
        await own.do("broadcast", channel=f"{kept}-299", data="missed")
        await own.do("accept")
        assert (await subscriptions[299].get()).data == "missed"
        await asyncio.gather(*[subscription.ready(20) for subscription in subscriptions])


async def test_says_that_it_could_not_recover_in_the_place_where_events_are_missing(app: App, kept: str) -> None:
    async with client_of(app) as client:
        subscription = client.subscribe(kept, resets=True)
        await subscription.ready(20)
        await app.do("broadcast", channel=kept, data=1)
        await app.do("refuse")
        await app.do("broadcast", channel=kept, data="missed")
        await app.do("clear_history", channel=kept)
        await app.do("accept")
        await client.ready(20)
        await subscription.ready(20)
        await app.do("broadcast", channel=kept, data=3)
        items = [await subscription.get() for _ in range(4)]
        assert [item.reason if isinstance(item, Reset) else item.data for item in items] == ["new", 1, "unrecovered", 3]
        assert isinstance(items[2], Reset) and items[2].position and items[2].position.offset == 2


async def test_loads_the_state_before_the_events_that_follow_and_skips_those_that_it_contains(
    app: App, kept: str
) -> None:
    failures = [OSError("not yet")]

    async def load(reset: Reset) -> Loaded[str]:
        if failures:
            raise failures.pop()
        await app.do("broadcast", channel=kept, data="in the state")
        assert reset.position is not None
        return Loaded(reset.reason, Position(reset.position.epoch, 1))

    async with client_of(app) as client:
        subscription = client.subscribe(kept, load=load)
        await subscription.ready(20)
        loaded = await subscription.get()
        await app.do("broadcast", channel=kept, data="after it")
        event = await subscription.get()
        assert isinstance(loaded, Loaded) and loaded.state == "new"
        assert isinstance(event, Event) and event.data == "after it"


async def test_goes_on_from_a_position_that_was_stored(app: App, kept: str) -> None:
    async with client_of(app) as client:
        for n in (1, 2, 3):
            await client.publish(kept, n)
        page = await client.history(kept, limit=2, reverse=True)
        assert [event.data for event in page.events] == [3, 2]
        live = client.subscribe(kept)
        await live.ready(20)
        stored = client.subscribe(kept, since=page.events[-1].position, resets=True)
        item = await stored.get()
        assert isinstance(item, Event) and item.data == 3
        await client.publish(kept, 4)
        assert (await live.get()).data == 4


async def test_raises_when_the_server_refuses_a_channel_or_takes_it_away(app: App, kept: str) -> None:
    async with client_of(app) as client:
        with pytest.raises(SubscribeError) as refused:
            async for _ in client.subscribe("private-bob"):
                pass
        assert (refused.value.code, refused.value.channel) == ("PERMISSION_DENIED", "private-bob")
        subscription = client.subscribe(kept)
        await subscription.ready(20)
        await app.do("revoke", user="alice", channel=kept)
        with pytest.raises(SubscribeError, match="permission"):
            await subscription.get()


async def test_a_reader_that_is_too_slow_gets_what_waited_and_then_an_error(app: App, kept: str) -> None:
    async with client_of(app) as client:
        subscription = client.subscribe(kept, buffer=2)
        other = client.subscribe(kept)
        await subscription.ready(20)
        for n in (1, 2, 3):
            await app.do("broadcast", channel=kept, data=n)
        for _ in range(3):
            await other.get()
        assert [(await subscription.get()).data for _ in range(2)] == [1, 2]
        with pytest.raises(SkreaverError) as full:
            await subscription.get()
        assert full.value.code == "QUEUE_FULL"


async def test_consumes_each_event_at_least_once_and_goes_on_after_what_was_handled(app: App, kept: str) -> None:
    async with client_of(app, "worker") as client:
        async with client.consume(kept) as jobs:
            await until(lambda: app("subscribers", channel=kept) == 1)
            for n in range(1, 6):
                await app.do("broadcast", channel=kept, data=n)
            handled: list[Any] = []
            async for job in jobs:
                handled.append(job.data)
                if job.data == 2:
                    break
        assert handled == [1, 2]
        with pytest.raises(ZeroDivisionError):
            async with client.consume(kept) as jobs:
                async for job in jobs:
                    handled.append(job.data)
                    1 / 0  # noqa: B018
        assert handled == [1, 2, 3]
    async with client_of(app, "worker") as client, client.consume(kept) as jobs:
        async for job in jobs:
            handled.append(job.data)
            if job.data == 5:
                break
    assert handled == [1, 2, 3, 3, 4, 5]


async def test_a_consumer_that_fell_behind_begins_anew_after_what_it_handled(app: App, kept: str) -> None:
    async with client_of(app, "slow") as client, client.consume(kept, buffer=2) as jobs:
        await until(lambda: app("subscribers", channel=kept) == 1)
        for n in range(1, 8):
            await app.do("broadcast", channel=kept, data=n)
        handled = []
        async for job in jobs:
            handled.append(job.data)
            if job.data == 7:
                break
        assert handled == [1, 2, 3, 4, 5, 6, 7]


async def test_a_consumer_stops_where_acknowledged_events_are_gone_if_it_is_told_to(app: App, kept: str) -> None:
    async with client_of(app, "stopper") as client, client.consume(kept, on_unrecovered="stop") as jobs:
        with pytest.raises(SkreaverError, match="gone"):
            await jobs.get()


async def test_keeps_the_members_of_a_channel_up_to_date(app: App, room: str) -> None:
    async with client_of(app, "ann") as ann, ann.members(room) as members:

        async def shows(*users: str) -> Presence:
            async with asyncio.timeout(20):
                async for presence in members:
                    if presence.is_live and presence.members == tuple(Member(user) for user in users):
                        return presence
            raise AssertionError

        members_seen = asyncio.create_task(until(lambda: members.presence.members == (Member("ann"),)))
        await members_seen
        async with client_of(app, "bob") as bob:
            await bob.subscribe(room).ready(20)
            await until(lambda: members.presence.members == (Member("ann"), Member("bob")))
            assert (await members.get()).is_live
        await until(lambda: members.presence.members == (Member("ann"),))
        await app.do("cut")
        await until(lambda: not members.presence.is_live)
        await until(lambda: members.presence == Presence((Member("ann"),)))


async def test_gives_joins_and_leaves_to_who_asked_for_them(app: App, room: str) -> None:
    async with client_of(app, "ann") as ann, client_of(app, "bob") as bob:
        subscription = ann.subscribe(room, join_leave=True)
        await subscription.ready(20)
        await bob.subscribe(room).ready(20)
        joins = [await subscription.get() for _ in range(2)]
        assert [(event.kind, event.data["user_id"]) for event in joins] == [("join", "ann"), ("join", "bob")]


async def test_leaving_the_loop_of_a_consumer_leaves_the_event_at_hand_to_the_end_of_its_block(
    app: App, kept: str
) -> None:
    async with client_of(app, "leaver") as client:
        async with client.consume(kept) as jobs:
            await until(lambda: app("subscribers", channel=kept) == 1)
            for n in range(1, 4):
                await app.do("broadcast", channel=kept, data=n)
            handled = []
            for _ in range(2):
                async for job in jobs:
                    handled.append(job.data)
                    break
                await client.request("double", {"n": 1})
        async with client.consume(kept) as jobs:
            handled.append((await jobs.get()).data)
    assert handled == [1, 2, 3]


async def test_a_wait_for_members_that_is_given_up_leaves_nothing_behind(app: App, room: str) -> None:
    async with client_of(app, "ann") as ann, ann.members(room) as members:
        await until(lambda: members.presence.members == (Member("ann"),))
        await members.get()
        before = asyncio.all_tasks()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await members.get()
        assert asyncio.all_tasks() == before


async def test_members_that_nobody_waits_for_fail_in_silence_until_somebody_does(app: App) -> None:
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context))
    async with client_of(app) as client:
        members = client.members("plain-of-no-presence")
        with pytest.raises(RequestError):
            await client.request("presence", {"channel": members.channel})
        assert not members.presence.is_live
        del members
        gc.collect()
        assert reported == []
        with pytest.raises(RequestError, match="Presence"):
            await client.members("plain-of-no-presence").get()


async def test_a_reader_that_is_as_fast_as_the_loop_takes_a_long_recovery(app: App, kept: str) -> None:
    """5,000 events come in a few pieces of 256 KiB; `buffer` is 1,000."""
    await app.do("broadcast_many", channel=kept, count=5_000)
    async with client_of(app) as client:
        epoch = (await client.history(kept, limit=1)).position.epoch
        read = 0
        async for _ in client.subscribe(kept, since=Position(epoch, 0)):
            read += 1
            await asyncio.sleep(0)
            if read == 5_000:
                break
        stream = client.stream("count", {"to": 5_000})
        assert [chunk async for chunk in stream] == list(range(1, 5_001))


async def test_a_loop_ends_with_its_client_also_while_it_loads(
    app: App, kept: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with client_of(app) as client:
        loading = asyncio.Event()

        async def load(reset: Reset) -> Loaded[Any]:
            loading.set()
            return Loaded(await client.request("forever", {}))

        async def read() -> list[Any]:
            return [item async for item in client.subscribe(kept, load=load)]

        reading = asyncio.create_task(read())
        await loading.wait()
        await client.request("double", {"n": 1})
        await client.close()
        assert await reading == []
    assert caplog.messages == []


async def test_a_subscription_that_is_closed_while_it_loads_gives_nothing(app: App, kept: str) -> None:
    async with client_of(app) as client:
        loading, go = asyncio.Event(), asyncio.Event()

        async def load(reset: Reset) -> Loaded[int]:
            loading.set()
            await go.wait()
            return Loaded(1)

        subscription = client.subscribe(kept, load=load)
        reading = asyncio.ensure_future(subscription.get())
        await loading.wait()
        subscription.close()
        go.set()
        await asyncio.wait([reading])
        assert isinstance(reading.exception(), StopAsyncIteration)
