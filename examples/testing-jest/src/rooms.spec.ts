import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AuthHandler } from '@skreaver/nestjs-ws';
import { TestAuthHandler, connect } from '@skreaver/nestjs-ws/testing';
import { AppModule } from './app.module';
import { Rooms } from './rooms';
import { mayEnter } from './staff';

let app: INestApplication;

beforeEach(async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(AuthHandler)
    .useValue(new TestAuthHandler(({ identity, channel }) => mayEnter(identity, channel)))
    .compile();
  app = module.createNestApplication();
  await app.init();
});

afterEach(() => app.close());

it('notes who connects', async () => {
  const ann = await connect(app, { as: 'ann' });
  await ann.expectNothing();
  expect(app.get(Rooms).visitors).toEqual(['ann']);
});

it('lets only the staff into the staff room', async () => {
  const ann = await connect(app, { as: { userId: 'ann', roles: ['staff'] } });
  const bob = await connect(app, { as: 'bob' });
  expect((await ann.subscribe('room:staff')).success).toBe(true);
  expect((await bob.subscribe('room:staff')).failed).toMatchObject([{ code: 'PERMISSION_DENIED' }]);
});

it('says who said what', async () => {
  const [ann, bob] = await Promise.all([connect(app, { as: 'ann' }), connect(app, { as: 'bob' })]);
  await bob.subscribe('room:1');
  await ann.request('say', { room: '1', text: 'hello' });
  expect((await bob.next('event')).data).toEqual({ text: 'hello', by: 'ann' });
  await bob.expectNothing();
});

it('loses nothing while the network of a client is gone', async () => {
  const ann = await connect(app, { as: 'ann' });
  const before = await connect(app, { as: 'bob' });
  await before.subscribe('room:1');
  await ann.request('say', { room: '1', text: 'one' });
  await before.next('event');
  await before.cut();
  await ann.request('say', { room: '1', text: 'two' });

  const after = await connect(app, { as: 'bob' });
  const since = before.positionOf('room:1');
  const { positions } = await after.subscribe({ channel: 'room:1', since });
  expect(positions?.['room:1']?.recovered).toBe(true);
  expect((await after.next('event')).data).toMatchObject({ text: 'two' });
});

it('spells a word letter by letter', async () => {
  const ann = await connect(app, { as: 'ann' });
  const letters: unknown[] = [];
  for await (const letter of ann.stream('spell', { text: 'abc' })) letters.push(letter);
  expect(letters).toEqual(['a', 'b', 'c']);
});
