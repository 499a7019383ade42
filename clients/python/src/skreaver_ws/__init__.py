"""The Python client of Skreaver WS: one connection that reconnects, and goes on where it stopped."""

from .backoff import Reconnect
from .client import Client, connect
from .consumer import Consumer
from .errors import (
    ConnectionLostError,
    RequestError,
    RequestTimeoutError,
    SkreaverError,
    SubscribeError,
    UnauthorizedError,
)
from .events import Event, Gap, HistoryPage, Loaded, Member, Position, Published, Reset
from .members import Members, Presence
from .options import Options, TokenReason
from .questions import Question
from .response_stream import ResponseStream
from .state import State
from .subscription import Subscription
from .threaded import ThreadedClient
from .threaded_readers import ThreadedConsumer, ThreadedMembers, ThreadedStream, ThreadedSubscription

__all__ = [
    "Client",
    "ConnectionLostError",
    "Consumer",
    "Event",
    "Gap",
    "HistoryPage",
    "Loaded",
    "Member",
    "Members",
    "Options",
    "Position",
    "Presence",
    "Published",
    "Question",
    "Reconnect",
    "RequestError",
    "RequestTimeoutError",
    "Reset",
    "ResponseStream",
    "SkreaverError",
    "State",
    "SubscribeError",
    "Subscription",
    "ThreadedClient",
    "ThreadedConsumer",
    "ThreadedMembers",
    "ThreadedStream",
    "ThreadedSubscription",
    "TokenReason",
    "UnauthorizedError",
    "connect",
]
