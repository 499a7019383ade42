/** Connects the nodes of one contestant. */
export interface Engine {
  /** Where it is, as the option of a server that its kind has. */
  readonly at: { readonly redisUrl: string } | { readonly hubPath: string };
  readonly versions: Readonly<Record<string, string>>;
  /** @returns the CPU time that it has spent on the nodes */
  cpuMicros(): Promise<number>;
  stop(): Promise<void>;
}
