/** What P4 asks for. */
export interface PauseAgentParams {
  readonly agent: string;
  readonly seconds: number;
  readonly reason?: string;
}
