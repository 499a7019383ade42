/** Parameters of P4's request. */
export interface PauseAgentParams {
  readonly agent: string;
  readonly seconds: number;
  readonly reason?: string;
}
