import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { GATEWAY_METADATA } from '@nestjs/websockets/constants.js';
import { CloseCode } from '@skreaver/protocol';
import type { ServerOptions, VerifyClientCallbackAsync, VerifyClientCallbackSync } from 'ws';
import { ThrottledLog, describeError } from '../../metrics/index.js';
import { reject } from '../host/upgrade-rejection.js';
import { rejections } from './rejection-answers.js';

const EVENTS = ['handleConnection', 'handleDisconnect'] as const;

type Event = (typeof EVENTS)[number];
type Hook = (client: unknown, ...others: unknown[]) => unknown;
type Gateway = Partial<Record<Event, Hook>>;
type Failed = (error: unknown) => void;

/**
 * Contains the errors of the application's own gateways, which Nest's `WsAdapter` serves. An error of their hooks would
 * end the process: it is thrown inside an `upgrade` event or an rxjs observer, or is an unhandled rejection. Here it
 * fails one client.
 */
@Injectable()
export class PlainGateways {
  private areContained = false;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly log: ThrottledLog,
  ) {}

  /** Must be called when all gateways exist, before Nest reads their hooks. */
  containEvents(): void {
    if (this.areContained) return;
    this.areContained = true;
    for (const { metatype, instance } of this.discovery.getProviders()) {
      if (typeof metatype !== 'function' || !Reflect.hasMetadata(GATEWAY_METADATA, metatype)) continue;
      for (const event of EVENTS) this.containEvent(instance as Gateway, event);
    }
  }

  /**
   * Options whose `verifyClient` contains errors up to the `connection` event. A promise that a `verifyClient` without
   * callback returns is awaited; ws would take the promise itself for a yes.
   */
  containHandshake<Options extends ServerOptions>(options: Options): Options {
    const { verifyClient } = options;
    const contained: VerifyClientCallbackAsync = (info, done) => {
      const before = info.req.socket.bytesWritten;
      const failed = (error: unknown): void => this.failHandshake(info.req, before, error);
      const answer: typeof done = (...verdict) => contain(() => done(...verdict), failed);
      contain(() => {
        if (verifyClient === undefined) return answer(true);
        if (verifyClient.length === 2) return verifyClient.call(options, info, answer);
        const verdict: unknown = (verifyClient as VerifyClientCallbackSync).call(options, info);
        return verdict instanceof Promise
          ? verdict.then((verified) => answer(Boolean(verified)))
          : answer(Boolean(verdict));
      }, failed);
    };
    return { ...options, verifyClient: contained };
  }

  private containEvent(gateway: Gateway, event: Event): void {
    const hook = gateway[event];
    if (typeof hook !== 'function') return;
    gateway[event] = (client, ...others) => {
      contain(
        () => hook.call(gateway, client, ...others),
        (error) => {
          this.report(gateway, event, error);
          if (event === 'handleConnection')
            (client as { close?: (code: number) => void }).close?.(CloseCode.InternalError);
        },
      );
    };
  }

  /**
   * @param before bytes written when the handshake began; if there are more, the 101 was sent and the socket can only
   * be ended
   */
  private failHandshake({ socket }: IncomingMessage, before: number, error: unknown): void {
    this.report(this, 'handshake', error);
    if (socket.bytesWritten > before) socket.destroy();
    else reject(socket, rejections.internal);
  }

  private report(subject: object, hook: string, error: unknown): void {
    this.log.write('error', subject, `${hook} of a gateway failed`, {
      ...(subject === this ? {} : { gateway: subject.constructor.name }),
      error: describeError(error),
    });
  }
}

function contain(run: () => unknown, failed: Failed): void {
  try {
    void Promise.resolve(run()).catch(failed);
  } catch (error) {
    failed(error);
  }
}
