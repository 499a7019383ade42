import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from clients import QUICK
from lab import App, until_now
from skreaver_ws import (
    ConnectionLostError,
    Event,
    Loaded,
    Member,
    Question,
    RequestError,
    Reset,
    SkreaverError,
    State,
    SubscribeError,
    ThreadedClient,
)


def threaded(app: App, user: str = "alice", **options: Any) -> ThreadedClient:
    return ThreadedClient(app.url, **{"token": f"token-{user}", "reconnect": QUICK, **options})


def test_a_handler_that_blocks_for_longer_than_two_pings_does_not_cost_the_connection(kept: str) -> None:
    """The server cuts a connection that has not answered a ping after 800 ms."""
    own = App(pingInterval=1_000, pongTimeout=800)
    states: list[str] = []
    with threaded(own) as client:

        @client.on_state
        def note(state: State) -> None:
            states.append(state.status)
            time.sleep(0.1)

        @client.answer
        def approve(question: Question) -> Any:
            time.sleep(2.5)
            return "thought about it"

        client.ready(20)
        with client.consume(kept) as jobs:
            until_now(lambda: bool(own("subscribers", channel=kept) == 1))
            before = client.state
            own("broadcast", channel=kept, data="a prompt")
            for job in jobs:
                assert job.data == "a prompt"
                time.sleep(2.5)  # a model is called
                break
        assert own("ask_user", user="alice", data="go?", timeout=20_000) == "thought about it"
        assert client.state == before
        until_now(lambda: states[-1:] == ["connected"])
        assert "waiting" not in states


def test_gives_events_by_a_plain_loop_and_recovers_those_of_a_cut(app: App, kept: str) -> None:
    with threaded(app) as client:
        subscription = client.subscribe(kept, resets=True)
        subscription.ready(20)
        app("broadcast", channel=kept, data=1)
        app("refuse")
        app("broadcast", channel=kept, data=2)
        app("accept")
        items = []
        for item in subscription:
            items.append(item)
            if isinstance(item, Event) and item.data == 2:
                break
        assert [item.reason if isinstance(item, Reset) else item.data for item in items] == ["new", 1, 2]
        assert subscription.position is not None and subscription.position.offset == 2
        with pytest.raises(StopIteration):
            subscription.get()


def test_raises_as_the_client_for_asyncio_does(app: App) -> None:
    with threaded(app) as client:
        with pytest.raises(RequestError):
            client.request("dubble")
        with pytest.raises(SubscribeError):
            client.subscribe("private-bob").ready(20)
        with pytest.raises(TimeoutError):
            client.subscribe("plain").get(timeout=0.05)
        failed: list[Exception] = []

        def ask() -> None:
            try:
                client.request("forever", {})
            except ConnectionLostError as error:
                failed.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        until_now(lambda: len(client._client._requests._pending) == 1)
        client.request("double", {"n": 1})
        app("cut")
        asking.join(20)
        assert [type(error) for error in failed] == [ConnectionLostError]
    with pytest.raises(SkreaverError, match="not running"):
        client.request("double", {"n": 1})


def test_streams_publishes_reads_history_and_shows_members(app: App, kept: str, room: str) -> None:
    with threaded(app, "ann") as client:
        stream = client.stream("count", {"to": 3})
        assert list(stream) == [1, 2, 3]
        assert stream.result() == {"counted": 3}
        before = app("aborted")
        for chunk in client.stream("count", {"to": 1_000_000}):
            if chunk == 2:
                break
        until_now(lambda: bool(app("aborted") == before + 1))
        assert client.publish(kept, "x").position == client.history(kept).position
        with client.members(room) as members:
            until_now(lambda: members.presence.members == (Member("ann"),))
            assert members.get(20).members == (Member("ann"),)


def test_a_load_that_is_given_up_is_done_by_the_next_call(app: App, kept: str) -> None:
    def load(reset: Reset) -> Loaded[str]:
        time.sleep(0.3)
        return Loaded("state")

    with threaded(app) as client:
        subscription = client.subscribe(kept, load=load)
        subscription.ready(20)
        with pytest.raises(TimeoutError):
            subscription.get(timeout=0.1)
        assert subscription.get(20) == Loaded("state")


def test_an_event_whose_handler_fails_is_handled_again(app: App, kept: str) -> None:
    with threaded(app, "worker") as client:
        with pytest.raises(ZeroDivisionError), client.consume(kept) as jobs:
            until_now(lambda: bool(app("subscribers", channel=kept) == 1))
            app("broadcast", channel=kept, data=1)
            for job in jobs:
                assert 1 / (job.data - 1)
        with client.consume(kept) as jobs:
            assert jobs.get(20).data == 1


def test_refuses_to_wait_for_itself_and_leaves_no_thread(app: App) -> None:
    errors: list[BaseException] = []
    with threaded(app) as client:

        def look(state: State) -> None:
            try:
                client.request("double", {"n": 1})
            except RuntimeError as error:
                errors.append(error)

        client._client.on_state(look)
        client.ready(20)
        until_now(lambda: bool(errors))
    left = [thread.name for thread in threading.enumerate() if thread.name == "skreaver_ws"]
    assert left == []


def test_its_end_ends_what_other_threads_wait_for(app: App, kept: str) -> None:
    """A loop ends; a request, and a `load` that blocks, raise."""
    loaded = threading.Event()
    ends: dict[str, str] = {}

    def load(reset: Reset) -> Loaded[str]:
        loaded.wait(20)
        return Loaded("late")

    client = threaded(app).start().start()
    client.ready(20)
    loading, plain = client.subscribe(kept, load=load), client.subscribe(kept)

    def run(name: str, wait: Callable[[], object]) -> None:
        try:
            wait()
            ends[name] = "ended"
        except SkreaverError as error:
            ends[name] = error.code

    waits = {"load": loading.get, "loop": lambda: list(plain), "request": lambda: client.request("forever", {})}
    threads = [threading.Thread(target=run, args=each) for each in waits.items()]
    for thread in threads:
        thread.start()
    until_now(lambda: len(client._client._requests._pending) == 1)
    client.close()
    client.close()
    for thread in threads:
        thread.join(20)
    loaded.set()
    assert ends == {"load": "CLOSED", "loop": "ended", "request": "CLOSED"}
    with pytest.raises(SkreaverError, match="not running"):
        client.start()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_says_in_a_forked_process_that_it_does_not_run(app: App) -> None:
    with threaded(app) as client:
        client.ready(20)
        child = os.fork()
        if child == 0:
            try:
                client.request("double", {"n": 1})
            except SkreaverError as error:
                client.close()
                os._exit(0 if error.code == "CLOSED" else 1)
            os._exit(2)
        assert os.waitpid(child, 0)[1] == 0
        assert client.request("double", {"n": 2}) == 4


def test_begins_with_the_past_and_goes_on_as_another_user(app: App, kept: str) -> None:
    app("broadcast_many", channel=kept, count=5)
    with threaded(app) as client:
        client.ready(20)
        with client.subscribe(kept, replay=2, gaps="fill") as events:
            assert [events.get().data for _ in range(2)] == [4, 5]
            client.set_token("token-bob")
            client.publish(kept, "as bob")
            event = events.get()
            assert (event.data, event.metadata["from"]) == ("as bob", {"user_id": "bob"})
