export type HubOrder = { readonly kind: 'listen' } | { readonly kind: 'cpu' };

/** Each reply has the `kind` of its order. */
export type HubReply =
  | { readonly kind: 'listen' }
  /** User and system time of the process since it was started. */
  | { readonly kind: 'cpu'; readonly cpuMicros: number };
