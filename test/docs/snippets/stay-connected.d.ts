interface Link {
  readonly isOver: boolean;
  send(message: object): void;
  retry(): void;
  end(why: string): void;
  refused(code: string): void;
}

export declare function stayConnected(
  url: string | (() => string | Promise<string>),
  begin: (link: Link) => (message: { type: string }) => void,
  onEnd?: (why: string) => void,
): () => void;
