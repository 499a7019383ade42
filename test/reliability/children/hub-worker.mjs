/** A worker in a process of its own, on what is built; prints what it gets. */
import { hubBackplane } from '../../../libs/workers/dist/index.js';

const [path, id] = process.argv.slice(2);
const print = (line) => process.stdout.write(`${line}\n`);
const backplane = hubBackplane({ path }).useFactory();
await backplane.start({
  id,
  deliver: ({ dataJson }) => {
    print(`event ${dataJson}`);
    return 1;
  },
  execute: ({ kind, channel }) => {
    print(`command ${kind} ${channel}`);
    return { affected: 1 };
  },
  ask: async () => ({ asked: 0, refused: 0 }),
  interrupted: () => print('interrupted'),
  restored: ({ memory }) => print(`restored ${memory}`),
  checkPositions: () => {},
});
await backplane.open(['chat']);
print('joined');
