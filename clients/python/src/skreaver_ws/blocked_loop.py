"""Tells what most often costs a Python program its connection."""

import asyncio
import logging

log = logging.getLogger("skreaver_ws")

LOOK_EVERY = 1.0
LATE = 5.0


async def warn_when_blocked() -> None:
    """Warns after the event loop was blocked, since pings of the server went unanswered meanwhile. Never returns."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LOOK_EVERY
        await asyncio.sleep(LOOK_EVERY)
        late = loop.time() - due
        if late > LATE:
            log.warning(
                "The event loop was blocked for %.0f s, in which pings of the server were not answered. "
                "Call what blocks by `asyncio.to_thread`, or use `ThreadedClient`.",
                late,
            )
