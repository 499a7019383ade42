import { HttpException } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';

/** True for an error that says something to the client, such as `WsError`; false for a failure. */
export function isDeliberate(error: unknown): boolean {
  return error instanceof WsException || error instanceof HttpException;
}
