import type { Answer } from './child.js';

/** The child's end: answers each order of the parent with what `obey` returns, and ends when the parent is gone. */
export function answerOrders<Order, Reply>(obey: (order: Order) => Reply | Promise<Reply>): void {
  process.on('message', ({ id, order }: { readonly id: number; readonly order: Order }) => {
    void answer(id, order, obey);
  });
  process.once('disconnect', () => process.exit());
}

async function answer<Order, Reply>(
  id: number,
  order: Order,
  obey: (order: Order) => Reply | Promise<Reply>,
): Promise<void> {
  try {
    tell({ id, reply: await obey(order) });
  } catch (error) {
    tell({ id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

function tell(answer: Answer<unknown>): void {
  process.send?.(answer);
}
