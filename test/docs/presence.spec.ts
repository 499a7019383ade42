import { readFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/test-app.js';
import { RoomAccess, RoomAuthHandler } from './snippets/room-access.js';
import { Rooms } from './snippets/rooms.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

@Module({ providers: [RoomAccess], exports: [RoomAccess] })
class AccessModule {}

const start = () =>
  startApp(
    {
      imports: [AccessModule],
      authHandler: { useClass: RoomAuthHandler },
      channels: { 'room:*': { presence: true, joinLeave: true } },
    },
    { imports: [AccessModule], providers: [Rooms] },
  );

describe('the rooms of the guide', () => {
  it('are the ones that are tested here', () => {
    const [, tested = ''] = read('./snippets/rooms.ts').split('but for the `export`.\n');
    expect(tested).toContain('class Rooms');
    expect(read('../../docs/guide/presence.md')).toContain(
      `\`\`\`ts\n${tested.replace('export class', 'class')}\`\`\``,
    );
  });

  it('know their members by name, deliver nothing to an expelled user, and refuse a blocked one', async () => {
    const { app, connect, subscriptions } = await start();
    const [ann, bot] = [await connect('?token=ann'), await connect('?token=bot')];
    for (const client of [ann, bot]) await client.subscribe('room:7', 'room:8');
    const rooms = app.get(Rooms);
    expect(await rooms.namesIn('7')).toEqual(['ANN', 'bot']);
    await rooms.expel('ann', '7');
    expect(await subscriptions.broadcast('room:7', 'secret')).toEqual({ delivered: 1 });
    expect((await ann.next('unsubscribe_response')).data).toMatchObject({ unsubscribed: ['room:7'] });
    expect((await ann.subscribe('room:7')).data.success).toBe(false);
    await rooms.block('ann');
    expect((await ann.closed).code).toBe(4502);
    await bot.settle();
  });
});
