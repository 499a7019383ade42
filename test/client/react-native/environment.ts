import NetInfo from '@react-native-community/netinfo';
import { type Environment, createClient } from '@skreaver/client';
import { AppState } from 'react-native';

const environment: Environment = (tell) => {
  const app = AppState.addEventListener('change', (state) => tell(state === 'active' ? 'wake' : 'hidden'));
  const stop = NetInfo.addEventListener(({ isConnected }) => tell(isConnected === false ? 'offline' : 'wake'));
  return () => {
    app.remove();
    stop();
  };
};

export const client = createClient({ url: 'wss://example.com/ws', environment, pauseWhenHidden: 30_000 });
