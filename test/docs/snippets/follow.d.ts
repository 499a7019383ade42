export declare function follow(
  url: string | (() => string | Promise<string>),
  channel: string,
  handlers: {
    readonly onEvent: (data: unknown) => void;
    readonly reload: () => void;
    readonly onEnd?: (why: string) => void;
  },
): () => void;
