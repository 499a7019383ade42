import asyncio
from typing import Any

import pytest

from clients import client_of
from lab import App, until
from skreaver_ws import ConnectionLostError, Event, Question, RequestError, RequestTimeoutError, SkreaverError


async def test_waits_for_the_connection_and_gives_the_result(app: App) -> None:
    async with client_of(app) as client:
        assert await asyncio.gather(*[client.request("double", {"n": n}) for n in range(5)]) == [0, 2, 4, 6, 8]


async def test_raises_what_the_server_answers(app: App) -> None:
    async with client_of(app) as client:
        with pytest.raises(RequestError) as unknown:
            await client.request("dubble")
        assert unknown.value.code == "METHOD_NOT_FOUND"
        with pytest.raises(ValueError, match="JSON"):
            await client.request("double", {"n": float("nan")})


async def test_a_request_in_flight_is_told_that_nobody_knows_whether_it_was_done(app: App) -> None:
    async with client_of(app) as client:
        await client.ready(20)
        request = asyncio.create_task(client.request("forever", {}))
        await client.request("double", {"n": 1})
        await app.do("cut")
        with pytest.raises(ConnectionLostError) as lost:
            await request
        assert lost.value.sent


async def test_times_out_and_cancels_on_the_server_too(app: App) -> None:
    async with client_of(app) as client:
        with pytest.raises(RequestTimeoutError):
            await client.request("forever", {}, timeout=0.2)
        request = asyncio.create_task(client.request("forever", {}))
        await asyncio.sleep(0)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert await client.request("double", {"n": 2}) == 4


async def test_bounds_what_waits_for_the_connection() -> None:
    from skreaver_ws import connect

    async with connect("ws://127.0.0.1:9/ws", max_queued=2) as client:
        waiting = [asyncio.create_task(client.request("double", {"n": n})) for n in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(SkreaverError) as full:
            await client.request("double", {"n": 3})
        assert full.value.code == "QUEUE_FULL"
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(end, SkreaverError) and end.code for end in ends] == ["CLOSED", "CLOSED"]


async def test_streams_a_result(app: App) -> None:
    async with client_of(app) as client:
        stream = client.stream("count", {"to": 4})
        assert [chunk async for chunk in stream] == [1, 2, 3, 4]
        assert await stream.result() == {"counted": 4}
        with pytest.raises(RequestError):
            async for _ in client.stream("dubble"):
                pass


async def test_leaving_the_loop_of_a_stream_cancels_it_on_the_server(app: App) -> None:
    async with client_of(app) as client:
        before = await app.do("aborted")
        stream = client.stream("count", {"to": 1_000_000})
        async for chunk in stream:
            if chunk == 3:
                break
        with pytest.raises(SkreaverError) as cancelled:
            await stream.result()
        assert cancelled.value.code == "REQUEST_CANCELLED"
        await until(lambda: app("aborted") == before + 1)
        async with client.stream("count", {"to": 1_000_000}) as stream:
            assert await stream.get() == 1
        await until(lambda: app("aborted") == before + 2)


async def test_publishes_once_also_when_the_connection_is_lost_before_the_answer(app: App, kept: str) -> None:
    async with client_of(app, "publisher") as client:
        await client.ready(20)
        for n in range(5):
            publishing = asyncio.create_task(client.publish(kept, n))
            await asyncio.sleep(0)
            await app.do("cut")
            published = await publishing
            assert published.position is not None and published.position.offset == n + 1
        again = [await client.publish(kept, "x", idempotency_key="one") for _ in range(2)]
        assert [each.duplicate for each in again] == [False, True]
        assert await app.do("history", channel=kept) == [0, 1, 2, 3, 4, "x"]


async def test_answers_questions_and_leaves_those_that_no_handler_knows(app: App) -> None:
    withdrawn: list[bool] = []
    async with client_of(app, "approver") as client:

        @client.answer
        def plain(question: Question) -> Any:  # in a thread
            return {"approved": question.data["amount"] < 100} if "amount" in question.data else None

        @client.answer
        async def slow(question: Question) -> Any:
            if "sum" in question.data:
                return sum(question.data["sum"])
            try:
                await asyncio.Event().wait()
            finally:
                withdrawn.append(question.is_withdrawn)

        await client.ready(20)
        assert await app.do("ask_user", user="approver", data={"amount": 7}, timeout=10_000) == {"approved": True}
        assert await app.do("ask_user", user="approver", data={"sum": [1, 2]}, timeout=10_000) == 3
        with pytest.raises(OSError, match="500"):
            await app.do("ask_user", user="approver", data={"other": 1}, timeout=200)
        await until(lambda: withdrawn == [True])


async def test_gives_events_that_are_sent_to_it_alone(app: App) -> None:
    direct: list[Any] = []
    async with client_of(app, "loner") as client:

        @client.on_direct
        def note(event: Event) -> None:
            direct.append(event.data)

        await client.ready(20)
        await app.do("send_to_user", user="loner", data="hello")
        await until(lambda: direct == ["hello"])


async def test_sends_text_that_cannot_be_utf_8_and_goes_on(app: App, kept: str) -> None:
    async with client_of(app) as client:
        await client.publish(kept, ["\ud800", "中🎉"])
        assert (await client.history(kept)).events[0].data == ["\ud800", "中🎉"]


async def test_a_listener_may_be_a_coroutine_function_whose_error_is_logged(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    async with client_of(app, "writer") as client:
        doubled: list[Any] = []

        @client.on_direct
        async def double(event: Event) -> None:
            doubled.append(await client.request("double", {"n": event.data["n"]}))

        await client.ready(20)
        await app.do("send_to_user", user="writer", data={"n": 4})
        await until(lambda: doubled == [8])
        await app.do("send_to_user", user="writer", data=None)
        await until(lambda: "A listener failed." in caplog.messages)


@pytest.mark.parametrize(
    "pace",
    [{"messageRate": 2_000, "messageBurst": 2_000}, {"messageRate": 200, "messageBurst": 5}],
    ids=["fast", "without-a-burst"],
)
async def test_sends_as_fast_as_the_server_says_that_it_takes_messages(pace: dict[str, int], kept: str) -> None:
    """At the server's default pace 500 take 11 s."""
    async with client_of(App(**pace), max_queued=500) as client, asyncio.timeout(8):
        published = await asyncio.gather(*[client.publish(kept, n) for n in range(500)])
        assert {each.delivered for each in published} == {0}


async def test_has_no_more_requests_at_a_time_than_the_server_runs() -> None:
    async with client_of(App(bufferSize=3)) as client:
        assert await asyncio.gather(*[client.request("later", {"ms": 100}) for _ in range(9)]) == [100] * 9


async def test_a_request_that_cannot_be_sent_does_not_keep_the_others_from_it(app: App) -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    async with client_of(app) as client:
        ends = await asyncio.gather(
            client.request("double", deep),
            client.request("double", {"n": {1, 2}}),
            client.request("double", {"n": 1}),
            return_exceptions=True,
        )
    assert [type(end) for end in ends] == [RecursionError, TypeError, int]


async def test_publishes_nothing_again_as_the_user_of_a_token_that_was_set_meanwhile(kept: str) -> None:
    own = App()
    async with client_of(own, "ann") as client:
        await client.ready(20)
        own("silence", is_silent=True)
        publishing = asyncio.create_task(client.publish(kept, "by ann"))
        await until(lambda: own("history", channel=kept) == ["by ann"])
        own("refuse")
        own("silence", is_silent=False)
        await until(lambda: client.state.status == "waiting")
        client.set_token("token-bob")
        own("accept")
        with pytest.raises(ConnectionLostError) as lost:
            await publishing
        assert lost.value.sent
        assert own("history", channel=kept) == ["by ann"]
