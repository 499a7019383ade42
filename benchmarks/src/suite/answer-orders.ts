import type { Answer, Kinded } from './child.js';

/** What is done for an order of each kind. */
export type Handlers<Order extends Kinded, Reply extends Kinded> = {
  readonly [Kind in Order['kind']]: (
    order: Extract<Order, { kind: Kind }>,
  ) => Extract<Reply, { kind: Kind }> | Promise<Extract<Reply, { kind: Kind }>>;
};

/** The child's end: answers each order of the parent by its handler, and ends when the parent is gone. */
export function answerOrders<Order extends Kinded, Reply extends Kinded>(handlers: Handlers<Order, Reply>): void {
  process.on('message', ({ id, order }: { readonly id: number; readonly order: Order }) => {
    const handle = handlers[order.kind as Order['kind']] as unknown as (order: Order) => Reply | Promise<Reply>;
    void obey(id, () => handle(order)).then((answer) => process.send?.(answer));
  });
  process.once('disconnect', () => process.exit());
}

async function obey<Reply>(id: number, handle: () => Reply | Promise<Reply>): Promise<Answer<Reply>> {
  try {
    return { id, reply: await handle() };
  } catch (error) {
    return { id, failure: error instanceof Error ? error.message : String(error) };
  }
}
