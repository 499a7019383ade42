import type { Member, PresenceStats, PresenceUpdate } from '@skreaver/nestjs-ws';
import { ToHub } from '../wire/frame.js';
import { readMember, writeUpdate } from '../wire/presence-fields.js';
import type { HubLink } from './hub-link.js';

/** The members of channels, which the hub counts by node. */
export class WorkerPresence {
  constructor(private readonly link: HubLink) {}

  async present(update: PresenceUpdate): Promise<void> {
    await this.link.request({ kind: ToHub.present, effect: 'write', write: (out) => writeUpdate(out, update) });
  }

  async members(channel: string, limit: number): Promise<readonly Member[]> {
    const members: Member[] = [];
    await this.link.request({
      kind: ToHub.members,
      effect: 'read',
      write: (out) => {
        out.text(channel);
        out.number(limit);
      },
      item: (item) => members.push(readMember(item)),
    });
    return members;
  }

  async stats(channel: string): Promise<PresenceStats> {
    const kind = ToHub.presenceStats;
    const answer = await this.link.request({ kind, effect: 'read', write: (out) => out.text(channel) });
    return { connections: answer.number(), users: answer.number() };
  }
}
