/** The server's own variables. The module lists the variables of its options in `environmentNames`. */
export const Variable = {
  Port: 'SKREAVER_WS_PORT',
  Host: 'SKREAVER_WS_HOST',
  Auth: 'SKREAVER_WS_AUTH',
  JwtSecret: 'SKREAVER_WS_JWT_SECRET',
  JwtJwks: 'SKREAVER_WS_JWT_JWKS',
  JwtAudience: 'SKREAVER_WS_JWT_AUDIENCE',
  JwtIssuer: 'SKREAVER_WS_JWT_ISSUER',
  JwtClockTolerance: 'SKREAVER_WS_JWT_CLOCK_TOLERANCE',
  ApiKeys: 'SKREAVER_WS_API_KEYS',
  PublishKeys: 'SKREAVER_WS_PUBLISH_KEYS',
  MetricsKeys: 'SKREAVER_WS_METRICS_KEYS',
  RedisUrl: 'SKREAVER_WS_REDIS_URL',
  RedisPasswordFile: 'SKREAVER_WS_REDIS_PASSWORD_FILE',
  RedisPrefix: 'SKREAVER_WS_REDIS_PREFIX',
  Workers: 'SKREAVER_WS_WORKERS',
  LogLevel: 'SKREAVER_WS_LOG_LEVEL',
} as const;
