import { Module } from '@nestjs/common';
import { SkreaverWsModule } from '@skreaver/nestjs-ws';
import { ACTIVITY, Activity } from './activity.js';
import { Approvals } from './approvals.js';
import { DemoAuthHandler } from './demo-auth-handler.js';
import { DeploymentAgent } from './deployment-agent.js';
import { DeploymentController } from './deployment.controller.js';

@Module({
  imports: [
    SkreaverWsModule.forRoot({
      authHandler: { useClass: DemoAuthHandler },
      channels: { [ACTIVITY]: { history: { size: 100, ttl: 3_600_000 } } }, // the last 100 lines of an hour
    }),
  ],
  controllers: [DeploymentController],
  providers: [Activity, Approvals, DeploymentAgent],
})
export class AgentModule {}
