/** An application whose method does what no listener should; run on what is built, in a process of its own. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { RequestSignal, SkreaverWsModule, WsRequest } from '@skreaver/nestjs-ws';

class Methods {
  wait(signal) {
    signal.addEventListener('abort', () => {
      throw new Error('at once');
    });
    signal.addEventListener('abort', async () => {
      throw new Error('later');
    });
    Reflect.set(signal, 'onabort', () => {
      throw new Error('onabort');
    });
    return new Promise(() => {});
  }
}
RequestSignal()(Methods.prototype, 'wait', 0);
WsRequest('wait')(Methods.prototype, 'wait', Object.getOwnPropertyDescriptor(Methods.prototype, 'wait'));

function AppModule() {}

const app = await NestFactory.create(
  { module: AppModule, imports: [SkreaverWsModule.forRoot()], providers: [Methods] },
  { logger: ['error'] },
);
await app.listen(0, '127.0.0.1');
process.stdout.write(`listening on ${app.getHttpServer().address().port}\n`);
process.once('SIGTERM', () => void app.close());
