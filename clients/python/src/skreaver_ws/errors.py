"""What calls raise."""

from collections.abc import Mapping
from typing import Any

OWN_MESSAGES = {
    "CLOSED": "It was closed; make another one.",
    "TIMEOUT": "There was no answer in time; pass a longer `timeout`. The cause says whether there was a connection.",
    "REQUEST_CANCELLED": "The request was cancelled, by this client or on the server.",
}


class SkreaverError(Exception):
    """The base of all errors of this package.

    Programs read ``code`` and ``details``; the text is for people and may change. Codes of the client itself:
    ``TIMEOUT``, ``CONNECT_FAILED``, ``CONNECTION_LOST``, ``QUEUE_FULL``, ``CLOSED``, ``UNRECOVERED``, ``UNSUBSCRIBED``,
    ``UNAUTHORIZED``, ``REQUEST_CANCELLED``, ``PROTOCOL_ERROR``.
    """

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        details: Mapping[str, Any] | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message or OWN_MESSAGES.get(code) or code.lower().replace("_", " "))
        self.code = code
        self.details: Mapping[str, Any] = details or {}
        has_hint = isinstance(self.details.get("retry_after_ms"), int | float)
        #: The same call may succeed later without any change.
        self.retryable = has_hint if retryable is None else retryable

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait."""
        hint = self.details.get("retry_after_ms")
        return hint / 1000 if isinstance(hint, int | float) else None


class RequestError(SkreaverError):
    """The server answered a request with an error: ``code`` is the server's (PROTOCOL §9) or the application's."""


class RequestTimeoutError(SkreaverError, TimeoutError):
    """A call was not answered in time. ``__cause__`` says why there was no connection, if there was none."""

    def __init__(self) -> None:
        super().__init__("TIMEOUT", retryable=True)


class SubscribeError(SkreaverError):
    """A channel could not be subscribed to, or the server ended the subscription."""

    def __init__(
        self, channel: str, code: str, message: str | None = None, *, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(code, message, details=details)
        self.channel = channel


class ConnectionLostError(SkreaverError):
    """The connection ended. With ``sent``, the server may have done what was asked: nobody can tell."""

    def __init__(self, code: str, close_code: int, *, sent: bool = False, retry_after: float | None = None) -> None:
        details = None if retry_after is None else {"retry_after_ms": retry_after * 1000}
        super().__init__(code or "CONNECTION_LOST", details=details, retryable=True)
        self.close_code = close_code
        self.sent = sent


class UnauthorizedError(SkreaverError):
    """There is no token, or one was refused twice. Raise it in ``get_token`` to stop the client."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__("UNAUTHORIZED", message)
