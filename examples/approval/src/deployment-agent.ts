import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Activity } from './activity.js';
import { Approvals, type Decision } from './approvals.js';

/** Stands for an agent that does nothing of consequence without a person's approval. */
@Injectable()
export class DeploymentAgent {
  constructor(
    private readonly approvals: Approvals,
    private readonly activity: Activity,
  ) {}

  async deploy(service: string, deadlineMs: number): Promise<Decision> {
    const deployment = randomUUID();
    await this.activity.tell({ deployment, text: `May I deploy ${service}? I am asking Alice.` });
    const decision = await this.approvals.decide({ deployment, service, deadlineMs }, deadlineMs);
    const outcome = decision === 'approved' ? `${service} is deployed` : `${service} stays as it is`;
    await this.activity.tell({ deployment, text: `Alice: ${decision}. ${outcome}.` });
    return decision;
  }
}
