import type { Answer } from '../backplane/index.js';
import { type Payload, dataOf, payloadOf } from '../delivery/index.js';

/** An answer as a client gave it. It is serialized only where it crosses to another node. */
export class ClientAnswer implements Answer {
  constructor(readonly data: unknown) {}

  get dataJson(): string | undefined {
    return this.payload?.dataJson;
  }

  get dataBinary(): Uint8Array | undefined {
    return this.payload?.dataBinary;
  }

  private get payload(): Payload | undefined {
    return this.data === undefined ? undefined : payloadOf(this.data);
  }
}

/** Returns the data of an answer, given on this node or on another. */
export function dataOfAnswer(answer: Answer): unknown {
  if (answer instanceof ClientAnswer) return answer.data;
  const { dataJson, dataBinary } = answer;
  return dataJson === undefined ? undefined : dataOf({ dataJson, dataBinary });
}
