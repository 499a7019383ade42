export declare function follow(
  url: string,
  channel: string,
  handlers: { readonly onEvent: (data: unknown) => void; readonly reload: () => void },
): void;
