const channelName = /^[A-Za-z0-9._:/-]{1,255}$/;

/**
 * Tells whether `value` is a channel name: 1–255 of `A–Z a–z 0–9 . _ : / -`. Names are compared exactly, so `News` and
 * `news` are two channels (PROTOCOL §9). `__proto__` is a valid name: use a `Map`, not an object, keyed by channel.
 */
export function isChannelName(value: unknown): value is string {
  return typeof value === 'string' && channelName.test(value);
}
