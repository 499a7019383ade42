import type { Answer, Kinded } from './child.js';

/** Handlers of orders by kind. */
export type Handlers<Order extends Kinded, Reply extends Kinded> = {
  readonly [Kind in Order['kind']]: (
    order: Extract<Order, { kind: Kind }>,
  ) => Extract<Reply, { kind: Kind }> | Promise<Extract<Reply, { kind: Kind }>>;
};

/** Answers each order of the parent by its handler, and exits when the parent disconnects. */
export function answerOrders<Order extends Kinded, Reply extends Kinded>(handlers: Handlers<Order, Reply>): void {
  process.on('message', ({ id, order }: { readonly id: number; readonly order: Order }) => {
    const handle = handlers[order.kind as Order['kind']] as unknown as (order: Order) => Reply | Promise<Reply>;
    void answerOf(id, () => handle(order)).then((answer) => process.send?.(answer));
  });
  process.once('disconnect', () => process.exit());
}

async function answerOf<Reply>(id: number, handle: () => Reply | Promise<Reply>): Promise<Answer<Reply>> {
  try {
    return { id, reply: await handle() };
  } catch (error) {
    return { id, failure: error instanceof Error ? error.message : String(error) };
  }
}
