/** What may be set for the channels of one pattern (architecture section 6). */
export interface ChannelOptions {
  /**
   * Whether clients may publish to the channel with the built-in request `publish` (protocol section 5), where their
   * permission allows it. Default: false, only the application publishes.
   */
  readonly clientPublish?: boolean;
}
