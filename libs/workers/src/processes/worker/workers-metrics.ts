import { register } from 'prom-client';
import { type FromWorker, toWorker } from '../process-messages.js';
import { isWorker } from './hub-path.js';

const WAIT_MS = 3000;
let asked = 0;

/**
 * The text of the metrics of all workers together, for the controller of `/metrics`: a scraper reaches any one of them.
 * Counters and histograms are added up, gauges too or averaged, as prom-client's `aggregator` of each says. Outside of a
 * worker these are the metrics of this process. All are those of prom-client's default registry.
 * @throws Error when the primary process does not answer within 3 s
 * @example
 * ```ts
 * import { Controller, Get, Header } from '@nestjs/common';
 * import { workersMetrics } from '@skreaver/workers';
 * import { register } from 'prom-client';
 *
 * @Controller()
 * export class MetricsController {
 *   @Get()
 *   @Header('Content-Type', register.contentType)
 *   index(): Promise<string> {
 *     return workersMetrics();
 *   }
 * }
 * ```
 */
export function workersMetrics(): Promise<string> {
  return isWorker() ? askPrimary() : register.metrics();
}

function askPrimary(): Promise<string> {
  return new Promise((resolve, reject) => {
    const id = (asked += 1);
    const end = (): void => {
      clearTimeout(timer);
      process.off('message', receive);
    };
    const receive = (received: unknown): void => {
      const message = toWorker(received);
      if (message?.skreaver !== 'metrics-page' || message.id !== id) return;
      end();
      resolve(message.page);
    };
    const timer = setTimeout(() => {
      end();
      reject(new Error('The primary process does not answer.'));
    }, WAIT_MS);
    process.on('message', receive);
    process.send?.({ skreaver: 'metrics-wanted', id } satisfies FromWorker);
  });
}
