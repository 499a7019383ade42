import type { PublishPlan } from '../server/publish-plan.js';
import type { PeerName } from '../server/peers/peer-server.js';
import type { BenchCase, Contestant, Target } from './bench-case.js';
import { broadcastRound, perDelivery } from './broadcast-round.js';
import { clientLoad, cpuPerDelivery, deliveryRate, serverLoad } from './figures.js';
import type { Scale } from './scale.js';

const CONNECTIONS_AT_ONCE = 50;
const WARM_UP_SHARE = 0.5;

interface Shape {
  readonly id: string;
  readonly title: string;
  readonly how: string;
  readonly peers: readonly PeerName[];
  readonly targets: readonly Target[];
  readonly subscribers: number;
  readonly bytes: number;
  readonly ticksPerSecond: number;
  readonly perTick: number;
  readonly compression: boolean;
}

/** One channel, one publisher at a fixed rate at which nobody saturates. */
function broadcastCase(shape: Shape, scale: Scale): BenchCase {
  const { subscribers, bytes, ticksPerSecond, perTick, compression } = shape;
  const planOf = (seconds: number): PublishPlan => {
    const ticks = Math.max(1, Math.round(ticksPerSecond * seconds));
    return { channels: 1, bytes, ticksPerSecond, perTick, ticks };
  };
  return {
    ...shape,
    figures: [cpuPerDelivery, deliveryRate, serverLoad, clientLoad],
    contestants: shape.peers.map((peer): Contestant => ({
      name: peer,
      peer,
      options: { compression, history: false },
    })),
    async prepare(rig) {
      const plan = { connections: subscribers, channels: 1, ownChannels: 0, atOnce: CONNECTIONS_AT_ONCE };
      await rig.load.ask({ kind: 'connect', plan });
      await broadcastRound(rig, planOf(scale.seconds * WARM_UP_SHARE), subscribers);
      return {
        round: async () => perDelivery(await broadcastRound(rig, planOf(scale.seconds), subscribers)),
      };
    },
  };
}

export function singlePublishes(scale: Scale): BenchCase {
  const subscribers = scale.of(1000, 200);
  return broadcastCase(
    {
      id: 'P1',
      title: `Broadcast, 128 B, ${subscribers} subscribers, one publish per tick`,
      how: '100 publishes a second, each in a turn of the event loop of its own.',
      peers: ['ours', 'baseline', 'ws', 'socket.io', 'uws'],
      targets: [
        { figure: 'cpu', of: 'ours', against: 'socket.io', atMost: 0.65 },
        { figure: 'cpu', of: 'ours', against: 'ws', atMost: 0.9 },
        { figure: 'cpu', of: 'ours', against: 'uws', atMost: 1.25, node: 20 },
      ],
      subscribers,
      bytes: 128,
      ticksPerSecond: 100,
      perTick: 1,
      compression: false,
    },
    scale,
  );
}

export function burstsOfTen(scale: Scale): BenchCase {
  const subscribers = scale.of(1000, 200);
  return broadcastCase(
    {
      id: 'P2',
      title: `Broadcast, 128 B, ${subscribers} subscribers, bursts of 10 per tick`,
      how: 'The same 100 publishes a second, ten of them in one turn of the event loop.',
      peers: ['ours', 'baseline', 'ws', 'socket.io', 'uws'],
      targets: [
        { figure: 'cpu', of: 'ours', against: 'socket.io', atMost: 0.15 },
        { figure: 'cpu', of: 'ours', against: 'ws', atMost: 0.15 },
        { figure: 'cpu', of: 'ours', against: 'uws', atMost: 1.2, node: 20 },
      ],
      subscribers,
      bytes: 128,
      ticksPerSecond: 10,
      perTick: 10,
      compression: false,
    },
    scale,
  );
}
