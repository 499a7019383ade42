import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/test-app.js';
import { LanguageModel } from './snippets/language-model.js';
import { ReportRequests } from './snippets/report-requests.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

const write = (id: string, topic: string) => ({
  type: 'request',
  correlation_id: id,
  data: { method: 'report.write', params: { topic } },
});

describe('the streaming method of the guide', () => {
  it('is the one that is tested here', () => {
    const [, tested = ''] = read('./snippets/report-requests.ts').split('but for the `export`.\n');
    expect(tested).toContain('class ReportRequests');
    expect(read('../../docs/guide/requests-and-streams.md')).toContain(
      `\`\`\`ts\n${tested.replace('export class', 'class')}\`\`\``,
    );
  });

  it('streams, and stops at its source when the client cancels', async () => {
    const app = await startApp({}, { providers: [LanguageModel, ReportRequests] });
    const client = await app.connect();
    client.send(write('r1', 'tides'));
    const answers = [1, 2, 3, 4].map(async () => (await client.next('response')).data);
    expect(await Promise.all(answers)).toEqual([
      { status: 'pending', result: 'All', sequence: 0 },
      { status: 'pending', result: 'about', sequence: 1 },
      { status: 'pending', result: 'tides', sequence: 2 },
      { status: 'success', result: { words: 3 } },
    ]);
    client.send(write('r2', 'everything'));
    await client.next('response');
    expect(app.app.get(LanguageModel).isAtWork).toBe(true);
    expect((await client.request('cancel', { correlation_id: 'r2' })).data).toMatchObject({ status: 'success' });
    await expect.poll(() => app.app.get(LanguageModel).isAtWork).toBe(false);
  });
});
