import type { CloseCode, ServerMessage } from '@skreaver/protocol';
import type { Frame, Socket } from '../../src/transport/index.js';
import { FakeOutbox } from './fake-outbox.js';

export interface FakeClose {
  readonly how: 'close' | 'terminate';
  readonly code: CloseCode;
  readonly retryAfterMs: number | undefined;
}

/** A `Socket` without a network: keeps what it was given, and takes nothing once closed, as the real one does. */
export class FakeSocket implements Socket {
  readonly encodingName = 'json';
  readonly pingsBy = 'message';
  readonly sent: ServerMessage[] = [];
  readonly frames: Frame[] = [];
  readonly closes: FakeClose[] = [];
  trusted = 0;
  readonly outbox = new FakeOutbox(this);
  private drained: Promise<void> | undefined;
  private release: () => void = () => {};
  /** Called in the turn of the close, as `ConnectionHandler.onDisconnect` is. */
  onEnd: (code: CloseCode) => void = () => {};

  /** Called in the turn in which a message is sent. */
  onSent: (message: ServerMessage) => void = () => {};

  get isOpen(): boolean {
    return this.closes.length === 0;
  }

  get sentCount(): number {
    return this.sent.length + this.frames.length;
  }

  send(message: ServerMessage): void {
    // What cannot be serialised throws, as on the real socket.
    const text = JSON.stringify(message);
    if (!this.isOpen) return;
    this.sent.push(JSON.parse(text) as ServerMessage);
    this.onSent(message);
  }

  sendText(message: string): void {
    this.send(JSON.parse(message) as ServerMessage);
  }

  push(frame: Frame): boolean {
    if (!this.isOpen) return false;
    this.frames.push(frame);
    return true;
  }

  close(code: CloseCode, retryAfterMs?: number): void {
    this.end('close', code, retryAfterMs);
  }

  closeAndDestroy(code: CloseCode, retryAfterMs?: number): void {
    this.end('terminate', code, retryAfterMs);
  }

  markAuthenticated(): void {
    this.trusted += 1;
  }

  whenDrained(): Promise<void> | undefined {
    return this.isOpen ? this.drained : undefined;
  }

  /** From now on something waits, as for a peer that does not read; until the function is called, or the socket ends. */
  holdDrain(): () => void {
    this.drained ??= new Promise((resolve) => {
      this.release = () => {
        this.drained = undefined;
        resolve();
      };
    });
    return () => this.release();
  }

  private end(how: FakeClose['how'], code: CloseCode, retryAfterMs: number | undefined): void {
    if (!this.isOpen) return;
    this.closes.push({ how, code, retryAfterMs });
    this.release();
    this.onEnd(code);
  }
}
