import asyncio, json
from tornado.websocket import websocket_connect

async def main(url):
    ws = await websocket_connect(url)  # without compression_options
    await ws.write_message(json.dumps({"type": "subscribe", "data": {"channels": ["agent-updates"]}}))
    while (text := await ws.read_message()) is not None:
        message = json.loads(text)
        if message["type"] == "ping":
            await ws.write_message(json.dumps({"type": "pong"}))
        elif message["type"] == "event":
            print(message["data"], flush=True)

asyncio.run(main("ws://localhost:8080/ws"))
