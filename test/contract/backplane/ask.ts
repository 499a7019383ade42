import { describe, expect, it, vi } from 'vitest';
import type { Answer, AskOutcome, Question } from '../../../src/backplane/index.js';
import { type ClusterMaker, startCluster } from '../backplane-cluster.js';
import type { RecordingNode } from '../recording-node.js';

const QUESTION: Question = {
  id: 'q1',
  target: { userId: 'ann' },
  dataJson: '{"a":"ж"}',
  timestamp: 1_700_000_000_000,
};

/** As the module gives it. */
class LazyAnswer implements Answer {
  get dataJson(): string {
    return '"/w=="';
  }

  get dataBinary(): Uint8Array {
    return new Uint8Array([0xc4, 1, 255]);
  }
}

const never = (): AbortSignal => new AbortController().signal;

/** Lets a node answer, or end, when the test says so. */
function hold(node: RecordingNode): (outcome: AskOutcome) => void {
  let say: (outcome: AskOutcome) => void = () => {};
  const said = new Promise<AskOutcome>((resolve) => (say = resolve));
  node.onAsk = () => said;
  return say;
}

const allAsked = (nodes: readonly RecordingNode[]): Promise<unknown> =>
  vi.waitUntil(() => nodes.every(({ questions }) => questions.length === 1), 20_000);

export function describeAsk(maker: ClusterMaker): void {
  describe('a question', () => {
    it.each<Question>([
      QUESTION,
      { ...QUESTION, target: { connectionId: 'node0.c1' }, dataBinary: new Uint8Array([0xc4, 1, 255]) },
    ])('reaches every node unchanged: %j', async (question) => {
      const { backplane, nodes } = await startCluster(maker);
      expect(await backplane.ask(question, never())).toEqual({ asked: 0, refused: 0 });
      for (const node of nodes) expect(node.questions).toEqual([question]);
    });

    it.each([
      { dataJson: '{"b":"ж"}' },
      { dataJson: '"/w=="', dataBinary: new Uint8Array([0xc4, 1, 255]) },
      { dataJson: undefined },
    ])('resolves with the answer of a node, unchanged: %j', async (answer) => {
      const { backplane, nodes } = await startCluster(maker);
      const last = nodes.at(-1) as RecordingNode;
      last.onAsk = async () => ({ answer });
      const outcome = await backplane.ask(QUESTION, never());
      expect(outcome.answer).toEqual(answer);
    });

    it('resolves with the data of an answer that is serialized only when it is read', async () => {
      const { backplane, nodes } = await startCluster(maker);
      const last = nodes.at(-1) as RecordingNode;
      last.onAsk = async () => ({ answer: new LazyAnswer() });
      const { answer } = await backplane.ask(QUESTION, never());
      expect([answer?.dataJson, answer?.dataBinary]).toEqual(['"/w=="', new Uint8Array([0xc4, 1, 255])]);
    });

    it('adds up what the nodes say when nobody answered', async () => {
      const { backplane, nodes } = await startCluster(maker);
      for (const node of nodes) node.onAsk = async () => ({ asked: 2, refused: 1 });
      expect(await backplane.ask(QUESTION, never())).toEqual({ asked: 2 * nodes.length, refused: nodes.length });
    });

    it('goes to the node named alone, from wherever it was asked', async () => {
      const { nodes, backplanes } = await startCluster(maker);
      const last = nodes.at(-1) as RecordingNode;
      last.onAsk = async () => ({ asked: 1, refused: 0 });
      for (const each of backplanes)
        expect(await each.ask(QUESTION, never(), last.id)).toEqual({ asked: 1, refused: 0 });
      expect(nodes.map(({ questions }) => questions.length)).toEqual([
        ...nodes.slice(1).map(() => 0),
        backplanes.length,
      ]);
    });

    it('reaches nobody where the node named is not there', async () => {
      const { backplane, nodes } = await startCluster(maker);
      expect(await backplane.ask(QUESTION, never(), 'elsewhere')).toEqual({ asked: 0, refused: 0 });
      expect(nodes.flatMap(({ questions }) => questions)).toEqual([]);
    });

    it('is withdrawn on every node when its signal aborts, and settles', async () => {
      const { backplane, nodes } = await startCluster(maker);
      for (const node of nodes) {
        node.onAsk = (_question, signal) =>
          new Promise((resolve) => signal.addEventListener('abort', () => resolve({ asked: 1, refused: 0 })));
      }
      const withdrawal = new AbortController();
      const asked = backplane.ask(QUESTION, withdrawal.signal);
      await allAsked(nodes);
      withdrawal.abort();
      await asked.catch(() => undefined);
      await vi.waitUntil(() => nodes.every(({ signals }) => signals[0]?.aborted), 20_000);
    });

    it('is not asked, or withdrawn at once, when its signal has aborted before', async () => {
      const { backplane, nodes } = await startCluster(maker);
      await backplane.ask(QUESTION, AbortSignal.abort()).catch(() => undefined);
      expect(nodes.flatMap(({ signals }) => signals).filter(({ aborted }) => !aborted)).toEqual([]);
    });

    // Several nodes: who answers first, and what becomes of the others.
    it.runIf(maker.nodes > 1)('resolves with the first answer, and is withdrawn on the other nodes', async () => {
      const { nodes, of } = await startCluster(maker);
      const [first, second] = nodes.map(hold);
      const asked = of(0).ask(QUESTION, never());
      await allAsked(nodes);
      expect(nodes[0]?.signals[0]?.aborted).toBe(false);
      second?.({ answer: { dataJson: '"second"' } });
      expect((await asked).answer).toEqual({ dataJson: '"second"' });
      await vi.waitUntil(() => nodes[0]?.signals[0]?.aborted, 20_000);
      first?.({ answer: { dataJson: '"first"' } });
    });

    it.runIf(maker.nodes > 1)('waits for the other nodes where all who were asked on one have ended', async () => {
      const { nodes, of } = await startCluster(maker);
      const [first, second] = nodes.map(hold);
      const asked = of(0).ask(QUESTION, never());
      await allAsked(nodes);
      first?.({ asked: 1, refused: 0 });
      second?.({ answer: { dataJson: '1' } });
      expect((await asked).answer).toEqual({ dataJson: '1' });
    });

    it.runIf(maker.kills)('counts a node that dies as one connection that has ended', async () => {
      const { nodes, of, kill } = await startCluster(maker);
      hold(nodes[1] as RecordingNode);
      const asked = of(0).ask(QUESTION, never());
      await allAsked(nodes);
      await kill(1);
      expect(await asked).toEqual({ asked: 1, refused: 0 });
    });

    it.runIf(maker.nodes > 1)('is withdrawn when the node that asks leaves, and rejects there', async () => {
      const { nodes, of } = await startCluster(maker);
      hold(nodes[1] as RecordingNode);
      const asked = of(0)
        .ask(QUESTION, never())
        .catch((error: unknown) => error);
      await allAsked(nodes);
      await of(0).detach();
      expect(await asked).toMatchObject({ code: 'UNAVAILABLE' });
      await vi.waitUntil(() => nodes[1]?.signals[0]?.aborted, 20_000);
    });
  });
}
