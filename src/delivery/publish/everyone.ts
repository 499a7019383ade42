import { Injectable } from '@nestjs/common';
import { type ClientConnection, type ConnectionObserver, ConnectionTable } from '../../connection/index.js';
import { type Audience, Flusher } from '../../transport/index.js';

/**
 * This node's connections that have a user, as one audience. It is made for the first event to everyone, so that a
 * connection costs nothing more where no such event is sent.
 */
@Injectable()
export class Everyone implements ConnectionObserver {
  private made: Audience<ClientConnection> | undefined;

  constructor(
    private readonly connections: ConnectionTable,
    private readonly flusher: Flusher,
  ) {}

  get audience(): Audience<ClientConnection> {
    this.made ??= this.make();
    return this.made;
  }

  /** True if a further event may be sent at once. */
  get hasRoom(): boolean {
    return this.made === undefined || this.flusher.hasRoomFor(this.made);
  }

  onIdentified(connection: ClientConnection): void {
    this.made?.add(connection.socket.outbox, connection);
  }

  onEnded({ socket }: ClientConnection): void {
    this.made?.delete(socket.outbox);
  }

  private make(): Audience<ClientConnection> {
    const audience = this.flusher.createAudience<ClientConnection>();
    for (const connection of this.connections.list())
      if (connection.userId !== undefined) audience.add(connection.socket.outbox, connection);
    return audience;
  }
}
