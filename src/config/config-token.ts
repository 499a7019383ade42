/** Injection token of the {@link ResolvedConfig}. */
export const SKREAVER_WS_CONFIG: unique symbol = Symbol('SKREAVER_WS_CONFIG');
