import { describe, expect, it } from 'vitest';
import { inEveryEnding, inEveryMirroring, inEveryRecovery } from './channel-world.js';
import { type Session, read } from './delivery-log.js';

type World = Parameters<Parameters<typeof inEveryRecovery>[0]>[0];

const sessionsOf = (world: World): Session[] => world.clients.flatMap(({ log }) => [...read(log).sessions]);

/** The offset up to which the client has everything. */
const reached = ({ events, start, since }: Session): number | undefined =>
  events.at(-1)?.position?.offset ?? (start?.recovered === true ? since?.offset : start?.offset);

/** In any interleaving with what ends subscriptions, with history that is read and publications that arrive late. */
describe('events', { timeout: 120_000 }, () => {
  it('reach nobody before the answer, nor after an unsubscribe, a revocation, a new user or a close', async () => {
    await inEveryEnding(({ clients }) => {
      for (const { log } of clients) expect(read(log).uninvited).toEqual([]);
    });
  });

  it('arrive once, in order and without a gap, from the position in the answer', async () => {
    await inEveryRecovery((world) => {
      for (const { events, start, since } of sessionsOf(world)) {
        if (start === undefined) continue;
        const first = (start.recovered && since !== undefined ? since.offset : start.offset) + 1;
        const { epoch } = start;
        expect(events.map(({ position }) => position)).toEqual(events.map((_, at) => ({ epoch, offset: first + at })));
      }
    });
  });

  it('of a mirror are recovered and delivered once, in order and without a gap, up to the last', async () => {
    await inEveryMirroring((world) => {
      for (const session of sessionsOf(world)) {
        const { channel, events, start, since, isOver } = session;
        if (start === undefined) continue;
        const first = (start.recovered && since !== undefined ? since.offset : start.offset) + 1;
        const { epoch } = start;
        expect(events.map(({ position }) => position)).toEqual(events.map((_, at) => ({ epoch, offset: first + at })));
        if (!isOver) expect(reached(session)).toBe(world.topOf(channel)?.offset);
      }
    });
  });

  it('have all reached the subscribers in the end', async () => {
    await inEveryRecovery((world) => {
      for (const session of sessionsOf(world)) {
        if (session.isOver || session.start === undefined) continue;
        expect(reached(session)).toBe(world.topOf(session.channel)?.offset);
      }
    });
  });

  it('that were missed are recovered for a client that asks, unless they are no longer kept', async () => {
    await inEveryRecovery((world) => {
      for (const { since, start, isGone } of sessionsOf(world)) {
        if (since === undefined || start === undefined) continue;
        if (!start.recovered) expect(isGone).toBe(true);
        else expect(start.epoch).toBe(since.epoch);
      }
    });
  });

  it('that are kept from a client reach it as a placeholder, live and recovered, and reach everybody else', async () => {
    await inEveryRecovery((world) => {
      for (const { events } of sessionsOf(world)) {
        for (const event of events) expect(event.data === null).toBe(world.wasExcluded(event));
      }
    });
  });

  it('of a channel without history arrive in order, and all of them during a subscription', async () => {
    await inEveryEnding((world) => {
      for (const { events, start, deliveries } of sessionsOf(world)) {
        if (start === undefined) expect(events.map(({ data }) => data)).toEqual(deliveries);
      }
    });
  });

  it('close no connection except one whose recovery was overtaken', async () => {
    await inEveryRecovery(async ({ clients, rig }) => {
      const cut = clients.filter(({ socket }) => socket.closes.some(({ code }) => code !== 1000));
      const { broken_off: brokenOff = 0 } = await rig.readRecoveries();
      expect(cut.length).toBeLessThanOrEqual(brokenOff);
    });
  });
});
