"""The lab of `test/languages/python/lab.ts`: real servers, and proxies that cut."""

import asyncio
import json
import os
import time
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any

PATIENCE = 20.0


def call_lab(op: str, **args: Any) -> Any:
    url = os.environ.get("SKREAVER_LAB")
    if url is None:
        raise RuntimeError("These tests are run by `npm run test:languages`, which starts the servers that they need.")
    request = urllib.request.Request(url, json.dumps({"op": op, **args}).encode())
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


class App:
    """An application of the lab, with a proxy before it."""

    def __init__(self, **options: Any) -> None:
        started = call_lab("start", **options)
        self.number: int = started["app"]
        self.url: str = started["url"]
        self.harassed_url: str = started["harassed_url"]
        #: Without a proxy, whose buffers have room for all that a client does not read.
        self.direct_url: str = started["direct_url"]

    def __call__(self, op: str, **args: Any) -> Any:
        return call_lab(op, app=self.number, **args)

    async def do(self, op: str, **args: Any) -> Any:
        return await asyncio.to_thread(self, op, **args)


async def until(look: Callable[[], bool | Awaitable[bool]]) -> None:
    """Polls, as what happens on a server has no event here."""
    due = time.monotonic() + PATIENCE
    while True:
        seen = look()
        if seen if isinstance(seen, bool) else await seen:
            return
        assert time.monotonic() < due, "It did not come to that in time."
        await asyncio.sleep(0.02)


def until_now(look: Callable[[], bool]) -> None:
    due = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < due, "It did not come to that in time."
        time.sleep(0.02)
