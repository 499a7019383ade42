"""The scenarios that the client of JavaScript is held to, too: what a client does on the wire."""

import asyncio
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from lab import PATIENCE, until
from skreaver_ws import (
    Client,
    ConnectionLostError,
    Event,
    Position,
    Published,
    Question,
    Reconnect,
    Reset,
    SkreaverError,
    Subscription,
    connect,
)

SCENARIOS = json.loads((Path(__file__).parents[2] / "scenarios.json").read_text())["scenarios"]


class Names:
    """The `$name`s of a script: see the beginning of the file of scenarios."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def resolve(self, message: Any) -> Any:
        if isinstance(message, str) and message.startswith("$"):
            return self._known[message]
        if isinstance(message, dict):
            return {key: self.resolve(value) for key, value in message.items()}
        return [self.resolve(each) for each in message] if isinstance(message, list) else message

    def fit(self, expected: Any, actual: Any, key: str = "") -> bool:
        if isinstance(expected, str) and expected.startswith("$"):
            if key == "correlation_id":
                self._known[expected] = actual
            return actual is not None and bool(self._known.setdefault(expected, actual) == actual)
        if isinstance(expected, dict):
            return isinstance(actual, dict) and all(
                key in actual and self.fit(value, actual[key], key) for key, value in expected.items()
            )
        if isinstance(expected, list):
            return len(expected) == len(actual) and all(map(self.fit, expected, actual))
        return bool(expected == actual)


class Play:
    """A server that does what the script says, and a client that is told what to do."""

    def __init__(self) -> None:
        self._names = Names()
        self._connections: asyncio.Queue[tuple[ServerConnection, asyncio.Queue[Any]]] = asyncio.Queue()
        self._items: dict[str, asyncio.Queue[Any]] = defaultdict(asyncio.Queue)
        self._calls: dict[str, asyncio.Future[Any]] = {}
        self._subscriptions: dict[str, Subscription[Event | Reset]] = {}
        self._is_started = False

    async def serve(self, connection: ServerConnection) -> None:
        messages: asyncio.Queue[Any] = asyncio.Queue()
        self._connections.put_nowait((connection, messages))
        try:
            async for text in connection:
                messages.put_nowait(json.loads(text))
        except ConnectionClosed:
            pass

    async def run(self, client: Client, steps: list[dict[str, Any]]) -> None:
        for step in steps:
            [(kind, value)] = step.items()
            async with asyncio.timeout(PATIENCE):
                await self._step(client, kind, value)
        for task in self._calls.values():
            task.cancel()
        await asyncio.gather(*self._calls.values(), return_exceptions=True)

    async def _step(self, client: Client, kind: str, value: Any) -> None:
        match kind:
            case "connects":
                self._socket, self._messages = await self._connections.get()
            case "client_sends":
                message = await self._messages.get()
                assert self._names.fit(value, message), f"{message} instead of {value}"
            case "server_sends":
                await self._socket.send(json.dumps(self._names.resolve(value)))
            case "server_closes":
                await self._socket.close(value["code"], value["reason"])
            case "server_cuts":
                self._socket.transport.abort()
            case "leaves":
                self._subscriptions[value].close()
            case "gets":
                for item in value["items"]:
                    assert await self._items[value["name"]].get() == item
            case "settles":
                await self._settles(**value)
            case "state":
                await until(lambda: client.state.status == value["status"])
                shown = {"status": value["status"], **shown_error(client.state.error)}
                assert {key: shown[key] for key in value} == value
            case "call":
                if not self._is_started:
                    self._is_started = True
                    client.start()
                self._begin(client, **value)
            case _:
                raise ValueError(kind)

    async def _settles(self, name: str, result: Any = None, error: Any = None) -> None:
        if error is None:
            settled = await self._calls[name]
            if isinstance(settled, Published):
                offset = {} if settled.position is None else {"offset": settled.position.offset}
                duplicate = {"duplicate": True} if settled.duplicate else {}
                settled = {"delivered": settled.delivered, **offset, **duplicate}
            assert settled == result
        else:
            with pytest.raises(SkreaverError) as raised:
                await self._calls[name]
            shown = shown_error(raised.value)
            assert {key: shown[key] for key in error} == error

    def _begin(self, client: Client, name: str, do: str, **call: Any) -> None:
        items = self._items[name]
        match do:
            case "request":
                self._calls[name] = asyncio.create_task(client.request(call["method"], call.get("params")))
            case "publish":
                self._calls[name] = asyncio.create_task(client.publish(call["channel"], call["data"]))
            case "stream":
                stream = client.stream(call["method"], call.get("params"))
                self._calls[name] = asyncio.create_task(stream.result())

                async def read() -> None:
                    async for chunk in stream:
                        items.put_nowait({"chunk": chunk})

                self._calls[f"{name} chunks"] = asyncio.create_task(read())
            case "subscribe":
                options: dict[str, Any] = {key: call[key] for key in ("replay", "gaps") if key in call}
                if "since" in call:
                    options["since"] = Position(**call["since"])
                subscription = client.subscribe(call["channel"], resets=True, **options)
                self._subscriptions[name] = subscription
                self._calls[name] = asyncio.create_task(give(subscription, items))
            case "consume":

                async def consume() -> None:
                    async with client.consume(call["channel"]) as jobs:
                        async for job in jobs:
                            items.put_nowait(shown_item(job))

                self._calls[name] = asyncio.create_task(consume())
            case "set_token":
                client.set_token(call["token"])
            case "answer":

                @client.answer
                async def answer(question: Question) -> Any:
                    await asyncio.sleep(call.get("after_ms", 0) / 1000)
                    return call["with"]


async def give(subscription: Subscription[Event | Reset], items: asyncio.Queue[Any]) -> None:
    try:
        async for item in subscription:
            items.put_nowait(shown_item(item))
    except SkreaverError as error:
        items.put_nowait({"error": error.code})


def shown_item(item: Event | Reset) -> dict[str, Any]:
    offset = item.position and item.position.offset
    if isinstance(item, Reset):
        return {"reset": item.reason, "offset": offset}
    return {"data": item.data, "offset": offset, "recovered": item.recovered}


def shown_error(error: SkreaverError | None) -> dict[str, Any]:
    if error is None:
        return {}
    if isinstance(error, ConnectionLostError):
        return {"code": error.code, "close_code": error.close_code, "sent": error.sent}
    return {"code": error.code}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"].replace(" ", "-"))
async def test_on_the_wire_a_client(scenario: Any) -> None:
    options: dict[str, Any] = {"reconnect": Reconnect(first_window=0.05, base=0.05, max=0.1)}
    if "token" in scenario["options"]:
        options["token"] = scenario["options"]["token"]
    if "tokens" in scenario["options"]:
        tokens = iter(scenario["options"]["tokens"])
        options["get_token"] = lambda reason: next(tokens)
    play = Play()
    async with serve(
        play.serve, "127.0.0.1", 0, subprotocols=[Subprotocol("skreaver.v1")], close_timeout=0.1
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        client = connect(f"ws://127.0.0.1:{port}/ws", **options)
        try:
            await play.run(client, scenario["steps"])
        finally:
            await client.close()
