/**
 * The time in ms, in tests that let it pass; otherwise empty, and the clock of Redis counts. All nodes share that one, so
 * theirs may differ.
 */
export type TestTime = () => number | '';

export const engineTime: TestTime = () => '';
