import { describe, expect, it, onTestFinished } from 'vitest';
import { type TestApp, startApp, testAuth } from '../support/test-app.js';
import { CliProcess, call } from './cli-process.js';

const history = { size: 100, ttl: 60_000 };
const channels = { 'kept*': { history }, room: { presence: true }, 'private-*': { history } };

const served = (): Promise<TestApp> => startApp({ ...testAuth, channels });
const as = (user: string, { url }: TestApp) => ({ SKREAVER_URL: url, SKREAVER_TOKEN: `token-${user}` });

async function publish(app: TestApp, channel: string, ...all: readonly unknown[]): Promise<void> {
  for (const data of all) await app.subscriptions.broadcast(channel, data);
}

describe('history', () => {
  it('prints the events of a channel as lines, from --since on, or the newest first', async () => {
    const app = await served();
    await publish(app, 'kept', 1, 'two', { n: 3 });
    const all = await call(['history', 'kept', '--raw'], as('ann', app));
    expect([all.code, all.stdout]).toEqual([0, '1\ntwo\n{"n":3}\n']);
    const [, epoch = ''] = /^kept is at ([\w-]+):3\.\n$/.exec(all.stderr) ?? [];
    const [after, newest, wrong] = await Promise.all([
      call(['history', 'kept', '--since', `${epoch}:1`, '-q'], as('ann', app)),
      call(['history', 'kept', '--reverse', '--limit', '1', '--json', '-q'], as('ann', app)),
      call(['history', 'kept', '--since', 'acked'], as('ann', app)),
    ]);
    expect(after).toEqual({ code: 0, stdout: '"two"\n{"n":3}\n', stderr: '' });
    expect(JSON.parse(newest.stdout)).toMatchObject({ channel: 'kept', data: { n: 3 }, epoch, offset: 3 });
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('--since is "acked"; allowed: epoch:offset.'),
    ]);
  });

  it('exits with 3 for a channel that is not allowed', async () => {
    const app = await served();
    expect((await call(['history', 'private-bob'], as('ann', app))).code).toBe(3);
  });
});

describe('presence', () => {
  it('prints the members of a channel, or with --raw their ids', async () => {
    const app = await served();
    for (const user of ['bob', 'eve']) await (await app.connect(`?token=token-${user}`)).subscribe('room');
    const [members, ids, without] = await Promise.all([
      call(['presence', 'room'], as('ann', app)),
      call(['presence', 'room', '--raw'], as('ann', app)),
      call(['presence', 'kept'], as('ann', app)),
    ]);
    expect(members.stdout).toBe('{"user_id":"bob","connections":1}\n{"user_id":"eve","connections":1}\n');
    expect(ids).toEqual({ code: 0, stdout: 'bob\neve\n', stderr: '' });
    expect([without.code, without.stderr]).toEqual([1, expect.stringContaining('INVALID_PARAMS')]);
  });
});

describe('reply', () => {
  const ask = (app: TestApp, question: unknown): Promise<unknown> =>
    app.subscriptions.ask({ user: 'ann' }, question, { timeout: 20_000 });

  it('answers each question with --answer, and prints it', async () => {
    const app = await served();
    const reply = new CliProcess(['reply', '--answer', '{"approved":true}', '--count', '2'], as('ann', app));
    await reply.says('Waiting for questions.');
    expect([await ask(app, 'deploy?'), await ask(app, 'again?')]).toEqual([{ approved: true }, { approved: true }]);
    expect([await reply.exited, reply.stdout]).toEqual([0, '"deploy?"\n"again?"\n']);
  });

  it('answers with what a command prints, and leaves a question to others where that fails', async () => {
    const app = await served();
    const command = `read -r question; [ "$question" = '"deploy?"' ] && echo '{"approved":1}'`;
    const reply = new CliProcess(['reply', '--command', command], as('ann', app));
    await reply.says('Waiting for questions.');
    expect(await ask(app, 'deploy?')).toEqual({ approved: 1 });
    const other = ask(app, 'delete?').catch((error: unknown) => error);
    await reply.says('The command ended with 1: the question is left to others.');
    reply.signal('SIGINT');
    expect(await reply.exited).toBe(130);
    expect(await other).toMatchObject({ code: 'CONNECTION_CLOSED' });
  });

  it('exits with 1 where the command prints something else than JSON', async () => {
    const app = await served();
    const reply = new CliProcess(['reply', '--command', 'echo yes'], as('ann', app));
    await reply.says('Waiting for questions.');
    ask(app, 'deploy?').catch(() => {});
    expect(await reply.exited).toBe(1);
    expect(reply.stderr).toContain('What the command printed must be JSON: yes');
  });
});

describe('consume', () => {
  it('gives each event to a command, one by one, and goes on after what was acknowledged', async () => {
    const app = await served();
    const consume = (...more: string[]) =>
      new CliProcess(
        ['consume', 'kept', '--command', 'read -r x; echo "$x at $SKREAVER_OFFSET"', ...more],
        as('ann', app),
      );
    const first = consume('--count', '2');
    await first.says('begins with the next event');
    await publish(app, 'kept', 1, 2, 3);
    expect([await first.exited, first.stdout]).toEqual([0, '1 at 1\n2 at 2\n']);
    const second = consume('--count', '1');
    expect([await second.exited, second.stdout]).toEqual([0, '3 at 3\n']);
    expect(second.stderr).toBe('Consuming kept.\n');
  });

  it.each([
    ['stop', 1, '1\n'],
    ['skip', 0, '1\n2\n3\n'],
  ])('with --on-error %s exits with %i after a command that fails', async (onError, code, printed) => {
    const app = await served();
    const args = ['consume', 'kept', '--count', '2', '--on-error', onError, '--command'];
    const consumer = new CliProcess([...args, 'read -r x; echo $x; exit $((x == 1))'], as('ann', app));
    await consumer.says('begins with the next event');
    await publish(app, 'kept', 1, 2, 3);
    expect([await consumer.exited, consumer.stdout]).toEqual([code, printed]);
  });

  it('with --on-error retry runs the command again until it succeeds', async () => {
    const app = await served();
    const args = ['consume', 'kept', '--count', '1', '--on-error', 'retry', '--command'];
    // It fails once: $PPID is the same at each try.
    const command =
      'f="${TMPDIR:-/tmp}/skreaver-consume-$PPID"; if [ -e "$f" ]; then rm "$f"; else touch "$f"; exit 9; fi';
    const consumer = new CliProcess([...args, command], as('ann', app));
    await consumer.says('begins with the next event');
    await publish(app, 'kept', 1);
    expect(await consumer.exited).toBe(0);
    expect(consumer.stderr).toContain('kept: The command ended with 9.');
  });

  it('ends at SIGTERM, also where its command has started something that goes on', async () => {
    const app = await served();
    const command = 'sleep 100 2>&- & echo "sleeper $!" >&2; wait';
    const consumer = new CliProcess(['consume', 'kept', '--command', command], as('ann', app));
    await consumer.says('begins with the next event');
    await publish(app, 'kept', 1);
    await consumer.says('sleeper');
    const [, sleeper] = /sleeper (\d+)/.exec(consumer.stderr) ?? [];
    onTestFinished(() => void process.kill(Number(sleeper)));
    consumer.signal('SIGTERM');
    expect(await consumer.exited).toBe(143);
  });

  it('exits with 1 for a channel without history, whose events cannot be acknowledged', async () => {
    const app = await served();
    const { code, stderr } = await call(['consume', 'room', '--command', 'cat'], as('ann', app));
    expect([code, stderr]).toEqual([
      1,
      'Consuming room.\nskreaver-ws: room keeps no history, so that no event can be acknowledged; sub prints its events.\n',
    ]);
  });

  it('exits with 3 for a channel that is not allowed, and says so once', async () => {
    const app = await served();
    const { code, stderr } = await call(['consume', 'private-bob', '--command', 'cat'], as('ann', app));
    expect([code, stderr.split('PERMISSION_DENIED').length]).toEqual([3, 2]);
  });
});
