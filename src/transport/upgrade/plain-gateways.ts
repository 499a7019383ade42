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
 * The application's own gateways, which Nest's `WsAdapter` serves. What their hooks throw would end the process: inside an `upgrade`
 * event of the HTTP server, in an rxjs observer, or as a rejection that nobody waits for. Here it is one client's failure.
 */
@Injectable()
export class PlainGateways {
  private areContained = false;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly log: ThrottledLog,
  ) {}

  /** To be called when all gateways are made and before Nest reads their hooks. */
  containEvents(): void {
    if (this.areContained) return;
    this.areContained = true;
    for (const { metatype, instance } of this.discovery.getProviders()) {
      if (typeof metatype !== 'function' || !Reflect.hasMetadata(GATEWAY_METADATA, metatype)) continue;
      for (const event of EVENTS) this.containEvent(instance as Gateway, event);
    }
  }

  /**
   * Options whose `verifyClient` contains everything up to the `connection` event. A promise that a `verifyClient` without callback
   * returns is waited for; ws would take it for a yes.
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

  /** @param before bytes that had been written when the handshake began: with more the 101 is out, and only an end is left */
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
