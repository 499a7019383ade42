/** Deals one connection out to a worker of `node:cluster`; prints that it was seen, and that it was answered. */
import cluster from 'node:cluster';
import { connect, createServer } from 'node:net';

if (cluster.isPrimary) {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({ serialization: 'advanced' });
  const worker = cluster.fork();
  const child = worker.process;
  const send = child.send.bind(child);
  let dealt;
  child.send = (...args) => {
    const [{ act, seq }, connection] = args;
    if (act === 'newconn' && typeof connection.close === 'function') dealt = seq;
    return send(...args);
  };
  child.on('internalMessage', ({ ack }) => {
    if (dealt === undefined || ack !== dealt) return;
    process.stdout.write('dealt and answered');
    process.exit();
  });
  worker.on('listening', ({ port }) => connect(port, '127.0.0.1').on('error', () => {}));
} else {
  createServer().listen(0, '127.0.0.1');
}
