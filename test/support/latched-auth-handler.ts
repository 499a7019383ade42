import { AuthHandler, type Handshake, type Identity } from '@skreaver/nestjs-ws';
import { Latch } from './latch.js';
import { TestAuthHandler } from './test-app.js';

/** Decides as {@link TestAuthHandler}, when the test lets it. */
export class LatchedAuthHandler extends AuthHandler {
  readonly tokens = new Latch();
  readonly permissions = new Latch();
  /** Channels asked for, in order. */
  readonly asked: string[] = [];
  private readonly inner = new TestAuthHandler();

  /** For the module's options. */
  readonly source = { authHandler: { useFactory: (): AuthHandler => this } };

  override async authenticate(token: string, handshake: Handshake): Promise<string | Identity> {
    await this.tokens.wait();
    return this.inner.authenticate(token, handshake);
  }

  override async checkPermission(userId: string, channel: string): Promise<boolean> {
    this.asked.push(channel);
    await this.permissions.wait();
    return this.inner.checkPermission(userId, channel);
  }
}
