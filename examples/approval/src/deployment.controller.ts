import { Body, Controller, Post, ValidationPipe } from '@nestjs/common';
import type { Decision } from './approvals.js';
import { DeployDto } from './deploy.dto.js';
import { DeploymentAgent } from './deployment-agent.js';

@Controller('deployments')
export class DeploymentController {
  constructor(private readonly agent: DeploymentAgent) {}

  /** Responds once the decision is made. */
  @Post()
  async deploy(
    @Body(new ValidationPipe({ transform: true })) { service, deadlineMs }: DeployDto,
  ): Promise<{ decision: Decision }> {
    return { decision: await this.agent.deploy(service, deadlineMs) };
  }
}
