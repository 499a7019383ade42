import type { Call } from '../command.js';
import { connectedPublisher, httpPublisher } from '../connection/publisher.js';
import { usageError } from '../grammar/exit-code.js';
import { linesOfStdin, parseJson } from '../input.js';

export async function run({ values, positionals, output, signal }: Call<'pub'>): Promise<void> {
  const [channel = '', data] = positionals;
  const { key, text: isText, http } = values;
  const isOne = data !== undefined && data !== '-';
  if (key !== undefined && !isOne) throw usageError('--key is for one publication; give its data too.');
  if (isOne) assertJson(data, isText);
  const open = http ? httpPublisher : connectedPublisher;
  const { publish, close } = await open(values, { channel, output, signal });
  try {
    if (isOne) return output.data(await publish(asJson(data, isText), key));
    for await (const line of linesOfStdin(signal)) {
      assertJson(line, isText);
      output.data(await publish(asJson(line, isText)));
    }
  } finally {
    await close();
  }
}

function assertJson(text: string, isText: boolean): void {
  if (!isText) parseJson(text, 'The data');
}

const asJson = (text: string, isText: boolean): string => (isText ? JSON.stringify(text) : text);
