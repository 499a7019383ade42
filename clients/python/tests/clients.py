"""The clients of the tests."""

from typing import Any

from lab import App
from skreaver_ws import Client, Reconnect, connect

QUICK = Reconnect(first_window=0.2, base=0.1, max=0.4)


def client_of(app: App, user: str = "alice", **options: Any) -> Client:
    return connect(app.url, **{"token": f"token-{user}", "reconnect": QUICK, **options})
