import { createClient } from '@skreaver/client';
import { SkreaverProvider, useChannel, useClient, useConnection, usePresence } from '@skreaver/react';

const agents = createClient({ url: '/ws', token: 'secret' });

function Room({ name }: { name: string }) {
  const client = useClient();
  const { status } = useConnection();
  const { members } = usePresence(name);
  const { data: texts } = useChannel(name, {
    initial: [] as readonly string[],
    reduce: (all, { data }) => [...all, String(data)].slice(-100),
    replay: { last: 100 },
  });
  return (
    <>
      <p>
        {status}, {members.length} here
      </p>
      <ul>
        {texts.map((text, at) => (
          <li key={at}>{text}</li>
        ))}
      </ul>
      <button onClick={() => void client.publish(name, 'Hello!')}>Say hello</button>
    </>
  );
}

export function App() {
  return (
    <SkreaverProvider client={agents}>
      <Room name="room:lobby" />
    </SkreaverProvider>
  );
}
