import { register } from 'prom-client';
import { expect } from 'vitest';
import { MetricName } from '../../src/metrics/metric-names.js';
import { type HttpAnswer, RawClient } from './raw-client.js';
import { type UpgradeParts, upgradeHead } from './raw-frames.js';

/** What `websocket_connections_failed_total` stands at. */
async function failedConnections(reason: string): Promise<number> {
  const metric = await register.getSingleMetric(MetricName.ConnectionsFailed)?.get();
  return metric?.values.find((value) => value.labels['reason'] === reason)?.value ?? 0;
}

export interface ExpectedRefusal {
  readonly status: number;
  readonly code: string;
  /** Label of `websocket_connections_failed_total`, which must have grown by 1; not looked at when left out. */
  readonly reason?: string;
}

/** Asks for an upgrade and checks that its refusal is as PROTOCOL §1 says of all of them. */
export async function expectRefusal(port: number, parts: UpgradeParts, expected: ExpectedRefusal): Promise<HttpAnswer> {
  const { reason } = expected;
  const before = reason === undefined ? 0 : await failedConnections(reason);
  const client = await RawClient.open(port);
  client.write(upgradeHead(parts));
  const answer = await client.httpAnswer();
  expect(answer.status).toBe(expected.status);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(answer.body).toMatch(/^[^\n]+\n$/);
  expect(JSON.parse(answer.body)).toEqual({ code: expected.code, message: expect.stringMatching(/\w+/) as string });
  await client.closed;
  if (reason !== undefined) expect(await failedConnections(reason)).toBe(before + 1);
  return answer;
}
