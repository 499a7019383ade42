import { Module } from '@nestjs/common';
import { SkreaverWsModule } from '@skreaver/nestjs-ws';
import { ChatAuthHandler } from './chat-auth-handler.js';
import { ChatRequests } from './chat-requests.js';
import { MembersModule } from './members.module.js';
import { ROOM } from './room.js';

@Module({
  imports: [
    MembersModule,
    SkreaverWsModule.forRoot({
      imports: [MembersModule], // for the ChatAuthHandler
      authHandler: { useClass: ChatAuthHandler },
      channels: {
        [ROOM]: {
          history: { size: 100, ttl: 3_600_000 }, // the last 100 messages of an hour
          presence: true,
          joinLeave: true,
        },
      },
    }),
  ],
  providers: [ChatRequests],
})
export class ChatModule {}
