import type { BackplaneNode } from '../../../src/backplane/index.js';

/** A node that does only what a test says. */
export function stubNode(node: Partial<BackplaneNode>): BackplaneNode {
  const ask = async () => ({ asked: 0, refused: 0 });
  const rest = { interrupted() {}, restored() {}, checkPositions() {} };
  return { id: 'stub', deliver: () => 0, execute: () => ({ affected: 0 }), ask, ...rest, ...node };
}
