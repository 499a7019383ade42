import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { reject } from '../host/upgrade-rejection.js';
import { rejections } from './rejection-answers.js';

/** A socket of Node's HTTP server, with the response that it is sending. */
interface HttpSocket extends Socket {
  readonly _httpMessage?: object | null;
}

/** The name of the listener that Fastify adds by itself, unless the application gives it a `clientErrorHandler`. */
const FASTIFYS_OWN = 'bound defaultClientErrorHandler';

/**
 * Answers a request head over the limit of Node's HTTP parser, such as one with a long token: Node's own 431 says
 * nothing, and that of Fastify does not say what to do. Leaves the answer to the application where it listens for
 * `clientError`, and all other errors to whom they belong.
 * @returns whether it has answered
 */
export function answerOverflow(server: Server, error: NodeJS.ErrnoException, socket: HttpSocket): boolean {
  const isOurs = error.code === 'HPE_HEADER_OVERFLOW' && !isListenedFor(server);
  // Behind a response that is being sent, an answer would corrupt it.
  if (!isOurs || !socket.writable || socket._httpMessage) return false;
  reject(socket, rejections.headTooLarge);
  return true;
}

function isListenedFor(server: Server): boolean {
  return server.listeners('clientError').some(({ name }) => name !== FASTIFYS_OWN);
}
