import asyncio
import logging
import time
from typing import Any

import pytest

from clients import QUICK, client_of
from lab import App, call_lab, until
from skreaver_ws import (
    ConnectionLostError,
    Reconnect,
    RequestTimeoutError,
    SkreaverError,
    State,
    TokenReason,
    UnauthorizedError,
    connect,
)


async def test_connects_with_its_token_and_says_who_it_is(app: App) -> None:
    async with client_of(app, "alice") as client:
        state = await client.ready(20)
        assert (state.status, state.user_id) == ("connected", "alice")
        assert state.connection_id
    assert client.state.status == "closed"


async def test_sends_the_token_in_a_header_where_it_is_told_to(app: App) -> None:
    async with client_of(app, "ann", token_in="header") as client:
        assert (await client.ready(20)).user_id == "ann"


async def test_connects_without_a_token_where_the_server_asks_for_none() -> None:
    server = call_lab("start_standalone")
    async with connect(f"ws://localhost:{server['port']}/ws") as client:
        await client.ready(20)
        await until(lambda: client.state.user_id is not None)
        assert str(client.state.user_id).startswith("anonymous_")


async def test_asks_once_for_another_token_when_one_is_refused_and_stops_when_that_is_refused_too(app: App) -> None:
    reasons: list[TokenReason] = []

    def get_token(reason: TokenReason) -> str:
        reasons.append(reason)
        return "token-alice" if len(reasons) == 1 else "wrong"

    async with client_of(app, token="wrong", get_token=get_token) as client:
        await client.ready(20)
        assert reasons == ["refused"]
    async with client_of(app, token="wrong", get_token=get_token) as client:
        with pytest.raises(UnauthorizedError):
            await client.ready(20)
        assert client.state.status == "stopped"
        with pytest.raises(UnauthorizedError):
            await client.request("double", {"n": 1})


async def test_stops_when_get_token_says_that_there_is_none_and_tries_again_after_other_errors(app: App) -> None:
    errors: list[Exception] = [OSError("no network"), UnauthorizedError("no account")]

    async def get_token(reason: TokenReason) -> str:
        raise errors.pop(0)

    async with connect(app.url, get_token=get_token, reconnect=QUICK) as client:
        with pytest.raises(UnauthorizedError, match="no account"):
            await client.ready(20)
    assert errors == []


async def test_renews_a_token_that_ends_soon_while_the_connection_goes_on(app: App) -> None:
    reasons: list[TokenReason] = []

    async def get_token(reason: TokenReason) -> str:
        reasons.append(reason)
        return "token-alice" if reason == "expiring" else "expires-2500-alice"

    async with connect(app.url, get_token=get_token) as client:
        before = await client.ready(20)
        await until(lambda: reasons == ["connect", "expiring"])
        assert await client.request("double", {"n": 4}) == 8
        assert client.state == before


async def test_stops_at_a_verdict_of_the_server(app: App) -> None:
    async with client_of(app, "mallory") as client:
        await client.ready(20)
        loop = asyncio.create_task(client.subscribe("plain").get())
        await app.do("disconnect_user", user="mallory")
        with pytest.raises(ConnectionLostError) as stopped:
            await loop
        assert (stopped.value.code, stopped.value.close_code) == ("FORCED_DISCONNECT", 4505)
        assert client.state == State("stopped", error=stopped.value)


async def test_comes_back_after_a_cut_and_says_why_it_waits(app: App) -> None:
    states: list[str] = []
    async with client_of(app) as client:

        @client.on_state
        def note(state: State) -> None:
            states.append(state.status)

        await client.ready(20)
        await app.do("cut")
        await until(lambda: states[-2:] == ["connecting", "connected"] and "waiting" in states)
        assert states == ["connecting", "connected", "waiting", "connecting", "connected"]


async def test_tells_what_refused_the_upgrade_and_keeps_to_the_time_that_the_server_asks_for() -> None:
    app = App(maxConnections=1)
    async with client_of(app, "first") as first, client_of(app, "second") as second:
        await first.ready(20) if second.state.error is None else None
        await until(lambda: "waiting" in (first.state.status, second.state.status))
        waiting = second.state if second.state.status == "waiting" else first.state
        assert waiting.error is not None and waiting.retry_in is not None
        assert waiting.error.details["status"] == 503
        assert waiting.retry_in >= (waiting.error.retry_after or 0) > 0


async def test_a_request_that_found_no_connection_says_why(app: App) -> None:
    async with connect("ws://127.0.0.1:9/ws", request_timeout=0.3) as client:
        with pytest.raises(RequestTimeoutError) as timeout:
            await client.request("double", {"n": 1})
    assert isinstance(timeout.value, TimeoutError)
    assert isinstance(timeout.value.__cause__, SkreaverError)
    assert timeout.value.__cause__.code == "CONNECT_FAILED"


async def test_notices_a_dead_connection_by_its_silence(app: App) -> None:
    own = App()
    async with client_of(own, idle_probe=0.3, probe_timeout=0.3) as client:
        await client.ready(20)
        own("silence", is_silent=True)
        await until(lambda: client.state.status == "waiting")
        assert isinstance(client.state.error, ConnectionLostError)
        assert client.state.error.close_code == 4001
        own("silence", is_silent=False)
        await client.ready(20)


async def test_answers_pings_and_is_not_cut() -> None:
    own = App(pingInterval=500, pongTimeout=400)
    async with client_of(own) as client:
        before = await client.ready(20)
        silent = asyncio.get_running_loop().time() + 2
        await until(lambda: asyncio.get_running_loop().time() > silent)
        assert client.state == before


async def test_says_that_the_loop_was_blocked_since_that_costs_the_connection(
    app: App, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skreaver_ws.blocked_loop.LATE", 0.5)
    monkeypatch.setattr("skreaver_ws.blocked_loop.LOOK_EVERY", 0.1)
    with caplog.at_level(logging.WARNING, "skreaver_ws"):
        async with client_of(app) as client:
            await client.ready(20)
            await asyncio.sleep(0.2)
            time.sleep(1)  # noqa: ASYNC251
            await until(lambda: "ThreadedClient" in caplog.text)


async def test_leaves_nothing_behind(app: App) -> None:
    async with client_of(app) as client:
        await client.ready(20)
        subscription = client.subscribe("plain-nothing")
        await subscription.ready(20)
        stream = client.stream("count", {"to": 3})
        assert [n async for n in stream] == [1, 2, 3]
        async with client.consume("kept-nothing"), client.members("room-nothing"):
            pass
    await asyncio.sleep(0)
    left: Any = [task for task in asyncio.all_tasks() if "skreaver" in task.get_name()]
    assert left == []
    assert [item async for item in subscription] == []
    with pytest.raises(SkreaverError, match="closed"):
        await client.request("double", {"n": 1})


def test_spreads_later_attempts_wider_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    from skreaver_ws.backoff import delay

    monkeypatch.setattr("random.random", lambda: 1.0)
    assert [delay(n, Reconnect()) for n in (0, 1, 2, 3, 4, 5, 60)] == [2.1, 2.1, 4.1, 8.1, 16.1, 20.1, 20.1]
    assert delay(0, Reconnect(), window=5) == 5.1
    assert delay(3, Reconnect(), hint=10) == 12


async def test_comes_back_to_a_standalone_server_that_was_restarted_and_says_what_it_lost() -> None:
    settings = {
        "SKREAVER_WS_API_KEYS": "abc123=alice",
        "SKREAVER_WS_CHANNELS": '{"news":{"history":{"size":9,"ttl":"5m"}}}',
    }
    server = call_lab("start_standalone", **settings)
    async with connect(f"ws://localhost:{server['port']}/ws", token="abc123", reconnect=QUICK) as client:
        subscription = client.subscribe("news", resets=True)
        await subscription.ready(20)
        await asyncio.to_thread(call_lab, "end_standalone", server=server["server"])
        await until(lambda: client.state.status == "waiting")
        assert isinstance(client.state.error, SkreaverError)
        again = {**settings, "SKREAVER_WS_PORT": str(server["port"])}
        await asyncio.to_thread(call_lab, "start_standalone", **again)
        await client.ready(20)
        first, second = await subscription.get(), await subscription.get()
        assert [first.reason, second.reason] == ["new", "epoch"]  # type: ignore[union-attr]


async def test_a_channel_of_a_client_that_has_ended_raises_why(app: App) -> None:
    async with client_of(app, token="wrong") as client:
        with pytest.raises(UnauthorizedError):
            await client.ready(20)
        with pytest.raises(UnauthorizedError):
            async for _ in client.subscribe("plain"):
                pass
        with pytest.raises(UnauthorizedError):
            await client.consume("plain").get()
    for reader in (client.subscribe("plain"), client.consume("plain")):
        with pytest.raises(SkreaverError, match="closed"):
            await reader.get()
    with pytest.raises(SkreaverError, match="closed"):
        await client.subscribe("plain").ready()


async def test_a_subscription_that_was_closed_is_not_ready(app: App) -> None:
    async with client_of(app) as client:
        subscription = client.subscribe("plain")
        await subscription.ready(20)
        subscription.close()
        with pytest.raises(SkreaverError, match="closed"):
            await subscription.ready()


async def test_a_client_that_was_not_started_says_so_at_once(app: App) -> None:
    client = client_of(app)
    for call in (client.ready(), client.request("double", {"n": 1})):
        with pytest.raises(SkreaverError, match="not started"):
            await call


async def test_starts_once_and_not_after_it_was_closed() -> None:
    own = App()
    client = client_of(own).start()
    async with client:
        await client.ready(20)
        assert await own.do("connections") == 1
    with pytest.raises(SkreaverError, match="closed"):
        client.start()


async def test_a_close_that_is_given_up_has_closed_the_client(app: App) -> None:
    async with client_of(app) as client:
        await client.ready(20)
        closing = asyncio.create_task(client.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        assert client.state.status == "closed"


async def test_refuses_options_and_urls_that_it_does_not_know(app: App) -> None:
    with pytest.raises(TypeError, match="tokn"):
        connect(app.url, tokn="x")  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="localhost"):
        connect("localhost/ws")
    async with connect(app.url.replace("ws://", "http://"), token="token-ann") as client:
        await client.ready(20)


async def test_warns_when_a_second_attempt_has_failed(caplog: pytest.LogCaptureFixture) -> None:
    async with connect("ws://127.0.0.1:9/ws", reconnect=QUICK) as client:
        await until(lambda: len(caplog.records) > 0)
        assert client.state.error is not None
    assert caplog.messages[0].startswith("Not connected (CONNECT_FAILED: ")


async def test_goes_on_with_a_token_that_is_set_whoever_it_is_of(app: App, kept: str) -> None:
    async with client_of(app, "ann") as client:
        subscription = client.subscribe(kept)
        await subscription.ready(20)
        before = client.state
        client.set_token("token-ann")
        await client.request("double", {"n": 1})
        assert client.state == before
        client.set_token("token-bob")
        await client.publish(kept, "as bob")
        event = await subscription.get()
        assert (event.data, event.metadata["from"]) == ("as bob", {"user_id": "bob"})
        client.set_token("wrong")
        with pytest.raises(UnauthorizedError):
            await subscription.get()
        with pytest.raises(UnauthorizedError):
            client.set_token("token-ann")


async def test_connects_with_the_token_that_is_set_while_it_has_not_connected(app: App) -> None:
    async with client_of(app, token="wrong") as client:
        client.set_token("token-ann")
        assert (await client.ready(20)).user_id == "ann"

    async def get_token(reason: TokenReason) -> str:
        client.set_token("token-ann")
        return "token-bob"

    async with client_of(app, token=None, get_token=get_token, token_in="header") as client:
        assert (await client.ready(20)).user_id == "ann"
        client.set_token("token-bob")
        await until(lambda: client.state.user_id == "bob")


@pytest.mark.parametrize("token", ["secret\n", "sécret"])
async def test_never_shows_a_token_that_cannot_be_a_header(
    app: App, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with client_of(app, token=token, token_in="header") as client:
        with pytest.raises(UnauthorizedError, match="line breaks"):
            await client.ready(20)
    assert "cret" not in caplog.text


async def test_stops_when_get_token_returns_something_else(app: App) -> None:
    def get_token(reason: TokenReason) -> Any:
        return b"token-ann"

    async with connect(app.url, get_token=get_token) as client:
        with pytest.raises(UnauthorizedError, match="bytes"):
            await client.ready(20)


async def test_says_why_it_is_not_ready_also_while_it_tries_again() -> None:
    async with connect("ws://127.0.0.1:9/ws", reconnect=QUICK) as client:
        with pytest.raises(RequestTimeoutError) as timeout:
            await client.ready(0.5)
        assert isinstance(timeout.value.__cause__, SkreaverError)
        assert str(timeout.value.__cause__).startswith("ConnectionRefusedError: ")
