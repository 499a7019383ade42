import { describe, expect, it } from 'vitest';
import { ClientAnswer, dataOfAnswer } from './client-answer.js';

/** As it arrives on another node. */
const crossed = ({ dataJson, dataBinary }: ClientAnswer) => ({ dataJson, dataBinary });

describe('an answer of a client', () => {
  it.each([[{ a: [1, 'ж', null] }], [null], [0], [''], [undefined], [{ file: Buffer.from([0, 255]) }]])(
    'is the same data on this node and on another: %j',
    (data) => {
      const answer = new ClientAnswer(data);
      expect(dataOfAnswer(answer)).toBe(data);
      expect(dataOfAnswer(crossed(answer))).toEqual(data);
    },
  );
});
