/** An application in workers, run on what is built. It prints what happens in each of its processes. */
import 'reflect-metadata';
import cluster from 'node:cluster';
import { NestFactory } from '@nestjs/core';
import { SkreaverWsModule, WsRequest } from '@skreaver/nestjs-ws';
import { runInWorkers, workersBackplane } from '../../../libs/workers/dist/index.js';

const { WORKERS = '2', FAILS = '', PORT = '0', SHUTDOWN_MS = '5000' } = process.env;
const quiet = { log: () => {}, warn: () => {}, error: (line) => print(`error: ${line.msg}`) };

function print(line) {
  process.stdout.write(`${line}\n`);
}

class Methods {
  pid() {
    return process.pid;
  }
}
WsRequest('pid')(Methods.prototype, 'pid', Object.getOwnPropertyDescriptor(Methods.prototype, 'pid'));

function AppModule() {}

async function bootstrap() {
  if (FAILS === 'always') throw new TypeError('no database');
  if (FAILS === 'replacements' && cluster.worker?.id > 2) throw new TypeError('no database');
  const channels = { kept: { history: { size: 100, ttl: 60_000 }, clientPublish: true }, room: { presence: true } };
  const options = { channels, backplane: workersBackplane(), maxConnectionsPerIp: 1000, shutdownTimeout: 2000 };
  const app = await NestFactory.create(
    { module: AppModule, imports: [SkreaverWsModule.forRoot(options)], providers: [Methods] },
    { logger: false, abortOnError: false },
  );
  app.enableShutdownHooks();
  await app.listen(Number(PORT), '127.0.0.1');
  print(`worker ${process.pid} listens`);
  process.once('SIGTERM', () => print(`worker ${process.pid} drains`));
  if (FAILS === 'hangs') process.on('SIGTERM', () => {});
}

await runInWorkers(bootstrap, {
  workers: WORKERS === 'auto' ? 'auto' : Number(WORKERS),
  shutdownTimeout: Number(SHUTDOWN_MS),
  logger: quiet,
  onStarted: ({ workers, port }) => print(`up: ${workers} workers on port ${port}`),
});
