import { Module } from '@nestjs/common';
import { AuthHandler, type ChannelAction, type Identity, SkreaverWsModule } from '@skreaver/nestjs-ws';
import { Rooms } from './rooms.js';
import { mayEnter } from './staff.js';

/** Stands for the check of your tokens. Tests replace it. */
class Tokens extends AuthHandler {
  authenticate(): never {
    throw new Error('no token is known yet');
  }

  checkPermission(_userId: string, channel: string, _action: ChannelAction, identity: Identity): boolean {
    return mayEnter(identity, channel);
  }
}

@Module({
  imports: [
    SkreaverWsModule.forRoot({
      authHandler: { useClass: Tokens },
      channels: { 'room:*': { history: { size: 100, ttl: 60_000 } } },
    }),
  ],
  providers: [Rooms],
})
export class AppModule {}
