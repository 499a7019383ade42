/** Thrown for a message that could never be sent: it alone exceeds what may wait for a connection. */
export class FrameTooLargeError extends RangeError {
  /**
   * @param size bytes
   * @param max `maxBufferedBytes`
   */
  constructor(
    readonly size: number,
    readonly max: number,
  ) {
    super(`A message of ${size} bytes is over maxBufferedBytes (${max}).`);
  }
}
