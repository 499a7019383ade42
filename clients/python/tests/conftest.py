import asyncio
import inspect
import itertools

import pytest

from lab import App

numbers = itertools.count(1)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs a test that is a coroutine in a loop of its own, for a minute at most, besides the time that it asks for."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    test = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names})

    async def run() -> None:
        async with asyncio.timeout(60 + getattr(pyfuncitem.module, "SECONDS", 0)):
            await test

    asyncio.run(run())
    return True


@pytest.fixture(scope="session")
def app() -> App:
    return App()


@pytest.fixture
def kept() -> str:
    """A channel with history, for this test alone."""
    return f"kept-{next(numbers)}"


@pytest.fixture
def room() -> str:
    """A channel with presence, for this test alone."""
    return f"room-{next(numbers)}"
