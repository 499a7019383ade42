"""What comes from the server. Times are seconds since 1970, as those of ``time.time()``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Self, TypeVar

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a channel that keeps history. Store it as JSON by ``dataclasses.asdict``."""

    epoch: str
    offset: int

    def includes(self, other: "Position | None") -> bool:
        """Whether who is here has had what is at the other position."""
        return other is not None and self.epoch == other.epoch and other.offset <= self.offset


def position_of(body: Mapping[str, Any]) -> Position | None:
    epoch, offset = body.get("epoch"), body.get("offset")
    return None if epoch is None or offset is None else Position(epoch, offset)


@dataclass(frozen=True, slots=True)
class Gap:
    """Events that the server dropped for this connection; without offsets where the channel keeps no history."""

    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a channel."""

    channel: str
    #: As it was published.
    data: Any
    timestamp: float
    #: Its place in the channel, if that keeps history.
    position: Position | None = None
    #: Events right before this one that were dropped.
    gap: Gap | None = None
    #: It was published while this client was away.
    recovered: bool = False
    #: ``"join"`` or ``"leave"``, only with ``join_leave``: ``data`` is then ``{"user_id", "info"}``.
    kind: str | None = None
    #: All that the server says of the event: ``from``, ``app``, ``mirrored_from`` (PROTOCOL §3).
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, message: Mapping[str, Any], recovered: bool) -> Self:
        metadata = message["metadata"]
        gap = metadata.get("gap")
        return cls(
            channel=metadata.get("channel", ""),
            data=message.get("data"),
            timestamp=metadata["timestamp"] / 1000,
            position=position_of(metadata),
            gap=Gap(gap["from"], gap["to"]) if isinstance(gap, dict) else Gap() if gap else None,
            recovered=recovered,
            kind=metadata.get("kind"),
            metadata=metadata,
        )


@dataclass(frozen=True, slots=True)
class Reset:
    """Stands where events may be missing: load your state now, then go on.

    ``new``: the subscription begins. ``unrecovered``: what was missed is gone. ``epoch``: the channel has begun anew.
    The next event is the one after ``position``.
    """

    reason: Literal["new", "unrecovered", "epoch"]
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """What ``load`` returns: the state that the events change."""

    state: S
    #: That the state is at, if known: events up to it are not given again.
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A user who is in a channel."""

    user_id: str
    info: Any = None


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a publication."""

    #: Connections that it was queued for.
    delivered: int
    position: Position | None = None
    #: It had been published before, with the same key.
    duplicate: bool = False
    #: Nodes that got it, where the server has several.
    nodes: int | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of the history of a channel, in the order asked for."""

    events: list[Event]
    #: Where the channel stood at that moment.
    position: Position
