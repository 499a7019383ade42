"""When the next attempt comes."""

import random
from dataclasses import dataclass

LEAST_DELAY = 0.1


@dataclass(frozen=True, slots=True)
class Reconnect:
    """How attempts are spread. Seconds."""

    #: Over which the first attempt after a stable connection is spread, where the server says nothing.
    first_window: float = 2.0
    #: Over which the second attempt is spread; doubled for each further one.
    base: float = 1.0
    #: The widest spread.
    max: float = 20.0
    #: After which a connection counts as stable, and the next attempt as the first.
    stable_after: float = 10.0


def delay(failures: int, reconnect: Reconnect, window: float | None = None, hint: float | None = None) -> float:
    """Seconds until the next attempt, with full jitter.

    :param failures: attempts that failed since the last stable connection
    :param window: over which the server wants the first attempts to be spread
    :param hint: that the server asked to wait; up to 20 % are added, so that clients with one hint are spread
    """
    if hint is not None:
        return hint * (1 + random.random() * 0.2)
    if failures == 0:
        return LEAST_DELAY + random.random() * (reconnect.first_window if window is None else window)
    return LEAST_DELAY + random.random() * min(reconnect.max, reconnect.base * 2.0 ** min(failures, 30))
