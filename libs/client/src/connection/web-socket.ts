/** The part of a `WebSocket` that the client uses. Every `WebSocket` fits, and so does any object with these members. */
export interface WebSocketLike {
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  send(data: string): void;
  close(code?: number): void;
}

export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => WebSocketLike;

/** `http` becomes `ws`. A path is one of the page's own host. */
export function webSocketUrl(url: string): string {
  const { location } = globalThis as { readonly location?: { readonly origin: string } };
  return (url.startsWith('/') ? `${location?.origin}${url}` : url).replace(/^http/, 'ws');
}

/** Lets go of a socket: nothing of it is heard any more. An `error` of `ws` without a listener would be thrown. */
export function abandon(socket: WebSocketLike): void {
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.onerror = () => {};
  socket.close(1000);
}
