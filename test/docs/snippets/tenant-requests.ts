// As in docs/guide, word for word but for the `export`.
import { Injectable } from '@nestjs/common';
import { MessageBody } from '@nestjs/websockets';
import {
  type Connection,
  CurrentConnection,
  RequestMetadata,
  WsError,
  WsErrorCode,
  WsRequest,
} from '@skreaver/nestjs-ws';

declare module '@skreaver/nestjs-ws' {
  interface Identity {
    readonly roles?: readonly string[];
  }
  interface ConnectionData {
    tenant?: string;
  }
}

@Injectable()
export class TenantRequests {
  @WsRequest('tenant.choose')
  choose(@MessageBody('tenant') tenant: string, @CurrentConnection() connection: Connection) {
    const { roles = [] } = connection.identity ?? {};
    if (!roles.includes(`member-of-${tenant}`)) throw new WsError(WsErrorCode.PermissionDenied);
    connection.data.tenant = tenant; // kept until the connection ends
  }

  @WsRequest('tenant.show')
  show(@CurrentConnection() connection: Connection, @RequestMetadata() metadata?: Readonly<Record<string, unknown>>) {
    const { data, handshake, subscriptions } = connection;
    return { tenant: data.tenant ?? handshake.query['tenant'], trace: metadata?.['trace'], channels: subscriptions };
  }
}
