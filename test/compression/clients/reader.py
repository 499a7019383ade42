"""reader.py URL COUNT [WINDOW_BITS]: subscribes, and prints a digest of each event's text."""
import asyncio
import hashlib
import json
import sys

import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory


async def read(url, count, window_bits=None):
    deflate = ClientPerMessageDeflateFactory(
        server_max_window_bits=window_bits and int(window_bits),
        client_max_window_bits=True,
    )
    async with websockets.connect(url, compression=None, extensions=[deflate], max_size=None) as ws:
        metadata = {"note": "long enough to be compressed " * 50}
        await ws.send(json.dumps({"type": "subscribe", "data": {"channels": ["events"]}, "metadata": metadata}))
        digests = []
        while len(digests) < int(count):
            message = json.loads(await ws.recv())
            if message["type"] == "event":
                digests.append(hashlib.sha256(message["data"].encode()).hexdigest())
        print(json.dumps({"digests": digests}))


asyncio.run(read(*sys.argv[1:]))
