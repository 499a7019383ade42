/** Thrown for a message whose frame alone exceeds `maxBufferedBytes`, so that it could never be queued. */
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
