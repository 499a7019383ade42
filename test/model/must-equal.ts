import { expect } from 'vitest';

/** What the server under test shows, and what the model says it must be. */
export function mustEqual(real: unknown, model: unknown): void {
  expect(real).toEqual(model);
}
