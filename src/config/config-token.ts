/** Injection token of the resolved `Readonly<SkreaverWsConfig>`. */
export const SKREAVER_WS_CONFIG: unique symbol = Symbol('SKREAVER_WS_CONFIG');
