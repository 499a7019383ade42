import {
  type Connection,
  type ConnectionData,
  CurrentConnection,
  CurrentIdentity,
  type Identity,
  RequestMetadata,
  WsError,
  WsRequest,
} from '../../src/index.js';

declare module '../../src/index.js' {
  interface Identity {
    readonly roles: readonly string[];
  }
  interface ConnectionData {
    tenant?: string;
  }
  interface ApplicationErrorCodes {
    SHOP_OUT_OF_STOCK: true;
  }
}

export class Methods {
  @WsRequest('show')
  show(
    @CurrentConnection() { data, identity, handshake, subscriptions }: Connection,
    @CurrentIdentity() { roles }: Identity,
    @RequestMetadata() metadata: Readonly<Record<string, unknown>> | undefined,
  ): unknown {
    data.tenant = 'acme';
    const first: string | undefined = identity?.roles[0] ?? handshake.query['tenant'] ?? subscriptions[0];
    return [roles.length, first, metadata?.['trace']];
  }
}

export const withoutRoles: Identity = { userId: 'alice' }; // must not compile: TS2741
export const numberedTenant: ConnectionData = { tenant: 7 }; // must not compile: TS2322

export const outOfStock = new WsError('SHOP_OUT_OF_STOCK', 'None is left.', { left: 0 });
export const isOutOfStock: boolean = outOfStock.code === 'SHOP_OUT_OF_STOCK';
export const ofTheProtocol = new WsError('INVALID_PARAMS');
export const misspelt = new WsError('SHOP_OUT_OF_STOK'); // must not compile: TS2345
export const neverSent = outOfStock.code === 'SHOP_CLOSED'; // must not compile: TS2367

export function replaces(connection: Connection): void {
  connection.data = {}; // must not compile: TS2540
  connection.data.tennant = 'acme'; // must not compile: TS2551
  connection.subscriptions.push('a'); // must not compile: TS2339
}
