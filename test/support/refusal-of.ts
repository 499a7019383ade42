import { WebSocket } from 'ws';
import type { TestApp } from './test-app.js';

export interface HttpRefusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly body: unknown;
}

/** The HTTP answer to an upgrade that is refused. */
export function refusalOf(app: TestApp, query = '', headers: Record<string, string> = {}): Promise<HttpRefusal> {
  const webSocket = new WebSocket(`${app.url}${query}`, { headers });
  return new Promise((resolve, reject) => {
    webSocket.once('error', reject);
    webSocket.once('open', () => {
      webSocket.terminate();
      reject(new Error('It was accepted.'));
    });
    webSocket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        const { statusCode = 0, headers: received } = response;
        resolve({ status: statusCode, headers: received, text, body: JSON.parse(text) as unknown });
      });
    });
  });
}
