import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CloseCode, subprotocols } from '@skreaver/protocol';
import { type ServerOptions, WebSocketServer } from 'ws';
import type { TokenSource } from '../../config/index.js';
import { describeError } from '../../metrics/index.js';
import type { NodeId } from '../../node/index.js';
import type { UpgradeDecision, UpgradeReservation } from '../host/connection-handler.js';
import { type Handshake, type UpgradeHandshake, toOriginForm } from '../host/handshake.js';
import { type UpgradeRejection, reject } from '../host/upgrade-rejection.js';
import { OwnedWebSocket } from '../inbound/owned-web-socket.js';
import { DrainingSet } from '../socket/draining-set.js';
import { ClientSocket, type Negotiated, type SocketEnvironment } from '../socket/client-socket.js';
import { messageEncodings } from '../socket/message-encoding.js';
import { ClientAddresses } from './client-address.js';
import { acceptableOffer } from './compression-offer.js';
import { type Credentials, credentialsOf, inOrder, takeCredentials, tokenOf } from './credentials.js';
import { ForeignUpgrades, type RejectUpgrade } from './foreign-upgrades.js';
import { UNREADABLE } from './found-token.js';
import { isHostAllowed } from './hosts.js';
import { ignoreError } from './intercept-upgrades.js';
import { isOriginAllowed } from './origins.js';
import { peerCertificateOf } from './peer-certificate.js';
import { ProxyHint } from './proxy-hint.js';
import { rejections } from './rejection-answers.js';
import { SocketLimit } from './socket-limit.js';

/** 16 bytes in base64 (RFC 6455 §4.1). */
const KEY = /^[+/0-9A-Za-z]{22}==$/;
/** A host, and perhaps a port (RFC 9112 §3.2). */
const HOST = /^[^\s/?#@]+$/;
/** Bound of the fragments of a message; more end the connection with 1008. */
const MAX_FRAGMENTS = 256;
const MAX_BUFFERED_CHUNKS = 4096;
/** Time that a peer has to answer a close frame. */
const CLOSE_TIMEOUT_MS = 5000;

/**
 * Handles every upgrade request of our path: has it decided before a WebSocket exists, then creates the socket. For
 * Nest it is the "server" of the gateway.
 */
export class UpgradeHandler {
  private readonly server: WebSocketServer;
  private readonly addresses: ClientAddresses;
  private readonly foreign: ForeignUpgrades;
  private readonly socketLimit: SocketLimit;
  private readonly proxyHint = new ProxyHint((address) => this.hintAtProxy(address));
  private readonly sockets = new DrainingSet<ClientSocket>();
  private readonly environment: SocketEnvironment;
  private readonly tokenSources: readonly TokenSource[];
  /** Upgrades that the connection handler is deciding on. */
  private readonly undecided = new Map<Duplex, IncomingMessage>();
  private draining = false;

  constructor(
    environment: Omit<SocketEnvironment, 'sockets'>,
    private readonly node: NodeId,
  ) {
    this.environment = { ...environment, sockets: this.sockets };
    const { config } = environment;
    this.tokenSources = inOrder(config.tokenSources);
    this.addresses = new ClientAddresses(config.trustedProxies);
    this.foreign = new ForeignUpgrades(environment.timers, config.maxConnections, this.rejectForeign);
    this.socketLimit = new SocketLimit(
      config.maxConnectionsPerIp + config.maxHttpSocketsPerIp,
      (socket) => this.addresses.trusts(socket),
      (address) => this.noteCut(address),
    );
    const options: ServerOptions<typeof OwnedWebSocket> & { closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      // ws keeps up to 60 pongs for a peer that does not read, each with the read buffer of its ping (64 KiB).
      autoPong: false,
      WebSocket: OwnedWebSocket,
      maxPayload: this.maxPayload,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_BUFFERED_CHUNKS,
      closeTimeout: CLOSE_TIMEOUT_MS,
      handleProtocols: chosenSubprotocol,
      perMessageDeflate: config.enableCompression && { serverNoContextTakeover: true, clientNoContextTakeover: true },
    };
    this.server = new WebSocketServer(options);
    this.server.on('wsClientError', (_error, socket, request) =>
      this.rejectUpgrade(socket, request, rejections.malformed),
    );
  }

  /** Up to twice the limit a message is answered with an error; beyond that the connection ends (PROTOCOL §2). */
  private get maxPayload(): number {
    return this.environment.config.maxMessageSize * 2;
  }

  get path(): string {
    return this.environment.config.path;
  }

  /** Counts a TCP connection that the server has accepted, or destroys it. */
  accept(socket: Socket): void {
    this.socketLimit.accept(socket);
  }

  /** Sockets that are not closed yet. */
  get size(): number {
    return this.sockets.size;
  }

  /** Resolves when the last socket has closed. */
  whenEmpty(): Promise<void> {
    return this.sockets.whenEmpty();
  }

  /** Rejects new connections with 503 from now on, and upgrades that other listeners leave unanswered. */
  drain(): void {
    this.draining = true;
    for (const [socket, request] of this.undecided) this.rejectUpgrade(socket, request, rejections.draining);
    this.undecided.clear();
    this.foreign.drain();
  }

  /** Destroys all sockets that are still open. */
  close(): void {
    this.drain();
    for (const socket of this.sockets) socket.terminate();
  }

  /**
   * Takes over an upgrade request of our path, whose socket has `ignoreError` as listener. Never throws, never rejects.
   */
  async handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    try {
      toOriginForm(request);
      const credentials = takeCredentials(request, this.environment.config.allowedOrigins);
      const rejection = this.check(request);
      if (rejection !== undefined) return this.rejectUpgrade(socket, request, rejection);
      const decision = await this.decide(credentials, socket, request);
      if (decision === undefined) return;
      if ('rejection' in decision) return this.rejectUpgrade(socket, request, decision.rejection);
      const heartbeat = heartbeatOf(credentials, this.environment.config.heartbeat);
      this.upgrade(request, socket, head, decision.reservation, heartbeat);
    } catch (error) {
      this.environment.log.write('error', this, 'upgrade failed', { error: describeError(error) });
      this.rejectUpgrade(socket, request, rejections.internal);
    }
  }

  /** Returns `undefined` where a drain has rejected the request meanwhile. */
  private async decide(
    credentials: Credentials,
    socket: Duplex,
    request: IncomingMessage,
  ): Promise<UpgradeDecision | undefined> {
    const token = tokenOf(credentials, this.tokenSources);
    if (token === UNREADABLE) return { rejection: rejections.unreadableToken };
    const handshake = this.describe(request, credentials);
    const disclose = (): UpgradeHandshake => this.disclose(handshake, request, credentials);
    this.undecided.set(socket, request);
    try {
      const decision = await this.environment.handler.onUpgrade(handshake, token, disclose);
      if (this.undecided.has(socket)) return decision;
      if ('reservation' in decision) decision.reservation.cancel();
    } catch (error) {
      if (this.undecided.has(socket)) throw error;
    } finally {
      this.undecided.delete(socket);
    }
    return undefined;
  }

  /**
   * Gives other listeners of the application a second to answer an upgrade request, then rejects it.
   * @returns false when too many requests wait, and this one has been rejected
   */
  watch(request: IncomingMessage, socket: Duplex): boolean {
    if (!this.draining) return this.foreign.watch(request, socket);
    this.rejectForeign(request, socket, rejections.draining);
    return false;
  }

  /** Rejects an upgrade request that nobody serves. */
  rejectPath(request: IncomingMessage, socket: Duplex): void {
    this.rejectForeign(request, socket, rejections.path);
  }

  /** Reports an upgrade that came to the application as a plain request. */
  noteUnattached(): void {
    this.environment.log.write('warn', this, 'an HTTP server is not attached', {
      hint: 'It was created by the application; call app.get(SkreaverWsServers).attach(server) after app.init().',
    });
  }

  /** Whether a page of the origin of a request may connect. */
  admitsPage(headers: IncomingHttpHeaders): boolean {
    return isOriginAllowed(headers, this.environment.config.allowedOrigins);
  }

  /**
   * What an upgrade would be refused with, if it came instead of this plain request, before its token is checked. Takes
   * nothing of any limit, is not counted, and leaves the request as it is.
   */
  foresee(request: IncomingMessage): UpgradeRejection | undefined {
    const rejection = this.checkPage(request.headers);
    if (rejection !== undefined) return rejection;
    const credentials = credentialsOf(request, this.environment.config.allowedOrigins);
    const token = tokenOf(credentials, this.tokenSources);
    if (token === UNREADABLE) return rejections.unreadableToken;
    return this.environment.handler.foresee(this.addresses.of(request), token);
  }

  /** Decides what the request alone tells. */
  private check(request: IncomingMessage): UpgradeRejection | undefined {
    const { headers } = request;
    if (!isHandshake(request) || !negotiateCompression(request)) return rejections.malformed;
    if (headers['sec-websocket-version'] !== '13') return rejections.version;
    const rejection = this.checkPage(headers);
    if (rejection !== undefined) return rejection;
    if (!offersOurs(headers['sec-websocket-protocol'])) return rejections.subprotocol;
    return undefined;
  }

  private checkPage(headers: IncomingHttpHeaders): UpgradeRejection | undefined {
    if (this.draining) return rejections.draining;
    if (!isHostAllowed(headers.host, this.environment.config.allowedHosts)) return rejections.host;
    return this.admitsPage(headers) ? undefined : rejections.origin;
  }

  private describe(request: IncomingMessage, { query }: Credentials): Handshake {
    return {
      connectionId: this.node.newConnectionId(),
      clientAddress: this.addresses.of(request),
      origin: request.headers.origin,
      query,
      headers: request.headers,
    };
  }

  private disclose(handshake: Handshake, { socket }: IncomingMessage, { cookie }: Credentials): UpgradeHandshake {
    const viaTrustedProxy = this.addresses.trusts(socket);
    return { ...handshake, cookie, peerCertificate: peerCertificateOf(socket), viaTrustedProxy };
  }

  private upgrade(
    request: IncomingMessage,
    stream: Duplex,
    head: Buffer,
    reservation: UpgradeReservation,
    heartbeat: Negotiated['heartbeat'],
  ): void {
    if (stream.destroyed || !stream.readable) {
      reservation.cancel();
      stream.destroy();
      return;
    }
    if (this.draining) {
      reservation.cancel();
      return this.rejectUpgrade(stream, request, rejections.draining);
    }
    let open = false;
    this.server.handleUpgrade(request, stream, head, (webSocket) => {
      open = true;
      stream.off('error', ignoreError);
      const owned = webSocket as OwnedWebSocket;
      const windowBits = owned.inflateAtOnce(stream, this.maxPayload);
      const encoding = owned.protocol === subprotocols.msgpack ? messageEncodings.msgpack : messageEncodings.json;
      const socket = new ClientSocket(owned, stream, this.environment, { windowBits, encoding, heartbeat });
      this.begin(socket, reservation);
    });
    // ws rejected the handshake and has answered.
    if (!open) reservation.cancel();
  }

  private begin(socket: ClientSocket, reservation: UpgradeReservation): void {
    try {
      socket.begin(reservation.complete(socket));
    } catch (error) {
      // The 101 has been sent: from here on only a close frame can reject.
      this.environment.log.write('error', this, 'connection could not be set up', { error: describeError(error) });
      socket.close(CloseCode.InternalError);
      reservation.cancel();
    }
  }

  private noteCut(address: string): void {
    const { metrics, log } = this.environment;
    metrics.connectionFailed('socket_limit');
    log.write('warn', this, 'connection cut', { client_addr: address, reason: 'socket_limit' });
  }

  private forwardsUnbelieved({ headers, socket }: IncomingMessage): boolean {
    return headers['x-forwarded-for'] !== undefined && !this.addresses.trusts(socket);
  }

  private hintAtProxy(address: string): void {
    this.environment.log.write('warn', this.proxyHint, 'most refused connections come from one address that forwards', {
      client_addr: address,
      hint: 'It sends X-Forwarded-For: if it is your proxy, put it into trustedProxies; until then its clients share one limit.',
    });
  }

  /** Rejects a request of another path. Its credentials are removed, so that logging it does not leak them. */
  private readonly rejectForeign: RejectUpgrade = (request, socket, rejection) => {
    takeCredentials(request, []);
    this.rejectUpgrade(socket, request, rejection);
  };

  private rejectUpgrade(socket: Duplex, request: IncomingMessage, rejection: UpgradeRejection): void {
    const { metrics, log } = this.environment;
    const clientAddress = this.addresses.of(request);
    metrics.connectionFailed(rejection.reason);
    if (rejection.status === 429) this.proxyHint.refused(clientAddress, this.forwardsUnbelieved(request));
    log.write('warn', this, 'connection refused', {
      client_addr: clientAddress,
      status: rejection.status,
      reason: rejection.reason,
    });
    reject(socket, rejection);
  }
}

/** Checks the handshake, except for the versions (RFC 6455 §4.2.1). */
function isHandshake({ method, httpVersion, headers, rawHeaders }: IncomingMessage): boolean {
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length;
  return (
    method === 'GET' &&
    httpVersion === '1.1' &&
    hosts === 1 &&
    HOST.test(headers.host ?? '') &&
    KEY.test(headers['sec-websocket-key'] ?? '')
  );
}

/** Reduces the offers in the request to the accepted one. @returns false when the header is malformed */
function negotiateCompression({ headers }: IncomingMessage): boolean {
  try {
    const offer = acceptableOffer(headers['sec-websocket-extensions']);
    if (offer === undefined) delete headers['sec-websocket-extensions'];
    else headers['sec-websocket-extensions'] = offer;
    return true;
  } catch {
    return false;
  }
}

function offersOurs(header: string | undefined): boolean {
  return header === undefined || header.split(',').some((offer) => isOurs(offer.trim()));
}

const isOurs = (offer: string): boolean => offer === subprotocols.json || offer === subprotocols.msgpack;

/** The first subprotocol of ours that the client offers: it lists them by preference (RFC 6455 §4.1). */
function chosenSubprotocol(offers: Iterable<string>): string | false {
  for (const offer of offers) if (isOurs(offer)) return offer;
  return false;
}

function heartbeatOf({ query }: Credentials, configured: Negotiated['heartbeat']): Negotiated['heartbeat'] {
  return query['heartbeat'] === 'frame' ? 'frame' : configured;
}
