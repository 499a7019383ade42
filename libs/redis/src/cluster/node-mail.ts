import type { AskOutcome, CommandResult, NodeCommand, Question } from '@skreaver/nestjs-ws';

/*
 * What nodes tell each other: a line with the id in the log of commands, empty where it is not kept; a line of JSON; bytes.
 */

const LINE_FEED = 10;

interface From {
  readonly from: string;
  readonly seq: number;
}

/** One with an unknown `t` is of a later version, and ignored. The bytes of data are not part of it. */
export type Mail = From &
  (
    | {
        readonly t: 'command';
        /** The only node that it is for. */
        readonly to: string | undefined;
        readonly command: NodeCommand;
      }
    | { readonly t: 'begun' }
    | ({ readonly t: 'done' } & CommandResult)
    | { readonly t: 'question'; readonly question: Question }
    | { readonly t: 'withdraw' }
    | { readonly t: 'outcome'; readonly outcome: AskOutcome }
  );

export interface Received {
  /** The id in the log of commands. */
  readonly id: string;
  readonly mail: Mail;
  readonly bytes: Uint8Array | undefined;
}

/** As the log keeps it; `stamped` for what is not kept. */
export function encodeMail(mail: Mail, bytes?: Uint8Array): string | Buffer {
  const text = `${JSON.stringify(mail)}\n`;
  return bytes === undefined ? text : Buffer.concat([Buffer.from(text), bytes]);
}

/** Mail without an id. */
export function stamped(mail: string | Buffer): string | Buffer {
  return typeof mail === 'string' ? `\n${mail}` : Buffer.concat([Buffer.from('\n'), mail]);
}

export function decodeMail(message: Buffer): Received {
  const end = message.indexOf(LINE_FEED);
  return decodeKept(message.toString('latin1', 0, end), message.subarray(end + 1));
}

/** Decodes what the log keeps. */
export function decodeKept(id: string, kept: Buffer): Received {
  const end = kept.indexOf(LINE_FEED);
  const mail = JSON.parse(kept.toString('utf8', 0, end)) as Mail;
  // A copy: the bytes that came would be kept as a whole.
  const bytes = end + 1 === kept.length ? undefined : new Uint8Array(kept.subarray(end + 1));
  return { id, mail, bytes };
}
