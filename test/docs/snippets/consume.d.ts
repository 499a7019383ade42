export declare function consume(
  url: string | (() => string | Promise<string>),
  channel: string,
  handle: (data: unknown) => unknown,
  onEnd?: (why: string) => void,
): () => void;
