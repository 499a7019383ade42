import type { Answer, AskOutcome, CommandOutcome, CommandResult, NodeCommand, Question } from '@skreaver/nestjs-ws';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { readOptional, readText, readTexts, writeOptional, writeText, writeTexts } from './fields.js';

/*
 * Commands and questions: what is plain and small as JSON, then the data as it is.
 */

interface Data {
  readonly dataJson?: string | undefined;
  readonly dataBinary?: Uint8Array | undefined;
}

function writeData(out: ByteWriter, rest: unknown, { dataJson, dataBinary }: Data): void {
  out.text(JSON.stringify(rest));
  writeText(out, dataJson);
  writeOptional(out, dataBinary, (bytes) => out.block(bytes));
}

function readData(from: ByteReader): object {
  const rest = JSON.parse(from.text()) as object;
  const dataJson = readText(from);
  const dataBinary = readOptional(from, () => from.block());
  return { ...rest, ...(dataJson !== undefined && { dataJson }), ...(dataBinary !== undefined && { dataBinary }) };
}

export function writeCommand(out: ByteWriter, command: NodeCommand): void {
  const { dataJson, dataBinary, ...rest } = command as NodeCommand & Data;
  writeData(out, rest, { dataJson, dataBinary });
}

export const readCommand = (from: ByteReader): NodeCommand => readData(from) as NodeCommand;

export function writeQuestion(out: ByteWriter, { dataJson, dataBinary, ...rest }: Question): void {
  writeData(out, rest, { dataJson, dataBinary });
}

export const readQuestion = (from: ByteReader): Question => readData(from) as Question;

export function writeOutcome(out: ByteWriter, outcome: AskOutcome): void {
  writeOptional(out, outcome.answer, ({ dataJson, dataBinary }) => {
    writeText(out, dataJson);
    writeOptional(out, dataBinary, (bytes) => out.block(bytes));
  });
  if (outcome.answer !== undefined) return;
  out.u32(outcome.asked);
  out.u32(outcome.refused);
}

export function readOutcome(from: ByteReader): AskOutcome {
  const answer = readOptional(from, () => readAnswer(from));
  return answer === undefined ? { asked: from.u32(), refused: from.u32() } : { answer };
}

function readAnswer(from: ByteReader): Answer {
  const dataJson = readText(from);
  const dataBinary = readOptional(from, () => from.block());
  return { dataJson, ...(dataBinary !== undefined && { dataBinary }) };
}

export function writeResult(out: ByteWriter, { affected, replyJson }: CommandResult): void {
  out.number(affected);
  writeText(out, replyJson);
}

export const readResult = (from: ByteReader): CommandResult => ({ affected: from.number(), replyJson: readText(from) });

export function writeCommandOutcome(out: ByteWriter, { affected, unconfirmed, replies }: CommandOutcome): void {
  out.number(affected);
  out.u32(unconfirmed);
  writeTexts(out, replies);
}

export function readCommandOutcome(from: ByteReader): CommandOutcome {
  return { affected: from.number(), unconfirmed: from.u32(), replies: readTexts(from) };
}
