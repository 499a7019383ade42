"""The address of a server."""

import re
from collections.abc import Callable
from typing import Any

from websockets.exceptions import InvalidURI
from websockets.uri import parse_uri

Url = str | Callable[[], Any]


def websocket_url(url: str) -> str:
    """
    :returns: the URL, in which ``http`` and ``https`` stand for ``ws`` and ``wss``
    :raises ValueError: it is none
    """
    try:
        parse_uri(url := re.sub(r"^http(s?:)", r"ws\1", url))
    except InvalidURI as error:
        raise ValueError(f"{error}; pass one as wss://example.com/ws") from None
    return url
