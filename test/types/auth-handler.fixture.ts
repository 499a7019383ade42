import { AuthHandler, type ChannelAction, type Handshake, type Identity } from '../../src/index.js';

export class Complete extends AuthHandler {
  override async authenticate(token: string, { clientAddress, headers }: Handshake): Promise<Identity> {
    return { userId: `${token}${clientAddress}${headers['user-agent']}`, expiresAt: new Date() };
  }
  override checkPermission(userId: string, channel: string, action: ChannelAction): boolean {
    return userId === channel && action === 'subscribe';
  }
}

export class Shortest extends AuthHandler {
  override authenticate(): string {
    return 'alice';
  }
  override checkPermission(): boolean {
    return true;
  }
}

export class Declaring extends Shortest {
  override readonly actions = ['subscribe', 'presence'] as const;
}

export class DeclaringAnother extends Shortest {
  override readonly actions = ['delete'] as const; // must not compile: TS2416
}

export const WithoutMethods = class extends AuthHandler {}; // must not compile: TS2656

export declare class WithNumbers extends AuthHandler {
  override authenticate(): number; // must not compile: TS2416
  override checkPermission(): string; // must not compile: TS2416
}

export const notAnAction: ChannelAction = 'delete'; // must not compile: TS2322
export const expiryInMs: Identity = { userId: 'alice', expiresAt: 1 }; // must not compile: TS2322
export const nobody: Identity = {}; // must not compile: TS2741
export const abstractOne = new AuthHandler(); // must not compile: TS2511

export function changesHandshake(handshake: Handshake): void {
  handshake.clientAddress = '::1'; // must not compile: TS2540
}
