/** The cluster could not be joined. The message is one sentence for an operator, without addresses or credentials. */
export class RedisStartError extends Error {
  override readonly name = 'RedisStartError';
}
