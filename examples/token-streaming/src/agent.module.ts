import { Module } from '@nestjs/common';
import { SkreaverWsModule } from '@skreaver/nestjs-ws';
import { AgentRequests } from './agent-requests.js';
import { DemoAuthHandler } from './demo-auth-handler.js';
import { LanguageModel } from './language-model.js';

@Module({
  imports: [SkreaverWsModule.forRoot({ authHandler: { useClass: DemoAuthHandler } })],
  providers: [AgentRequests, LanguageModel],
})
export class AgentModule {}
