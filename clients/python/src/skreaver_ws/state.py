"""Whether a client is connected, and why not."""

from dataclasses import dataclass
from typing import Literal

from .errors import SkreaverError


@dataclass(frozen=True, slots=True)
class State:
    """The state of a client.

    ``connecting``: an attempt is under way; ``error`` is that of the one before. ``connected``: open and authenticated.
    ``waiting``: for the next attempt, because of ``error``. ``stopped``: by a verdict of the server, or because there
    is no token. ``closed``: by the application.
    """

    status: Literal["connecting", "connected", "waiting", "stopped", "closed"]
    user_id: str | None = None
    connection_id: str | None = None
    error: SkreaverError | None = None
    #: Seconds that it waits.
    retry_in: float | None = None
