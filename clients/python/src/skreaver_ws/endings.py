"""What the end of a connection, or a refused attempt, means for the next one."""

import json
import re
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidStatus

from .errors import ConnectionLostError, SkreaverError

#: The fault is the client's own: coming back would not help.
FINAL_CODES = {1002, 1003, 1007, 1008, 1009}
HINT = re.compile(r";\s*retry_after_ms=(\d{1,15})\s*(?:;|$)")


def is_final(code: int) -> bool:
    """Whether a client stays away after this close code (PROTOCOL §9)."""
    return code in FINAL_CODES or 4500 <= code <= 4999


def lost_by(error: ConnectionClosed) -> ConnectionLostError:
    if error.rcvd is None:
        return ConnectionLostError("", 1006)
    code, reason = error.rcvd.code, error.rcvd.reason
    hint = HINT.search(reason)
    return ConnectionLostError(
        reason.split(";")[0].strip(), code, retry_after=None if hint is None else int(hint[1]) / 1000
    )


def refused_upgrade(error: InvalidStatus) -> SkreaverError:
    """The response of the server to an upgrade that it refused has a code, a sentence, and how long to wait."""
    response = error.response
    try:
        body = json.loads(response.body or b"")
        code, message = str(body["code"]), str(body["message"])
    except (KeyError, TypeError, ValueError):
        code, message = "CONNECT_FAILED", f"The server answered with HTTP {response.status_code}."
    after = response.headers.get("Retry-After", "")
    details: dict[str, Any] = {"status": response.status_code}
    if after.isdecimal():
        details["retry_after_ms"] = int(after) * 1000
    return SkreaverError(code, message, details=details, retryable=True)
