import { ReactNativeSocket } from './react-native-socket.js';
import { type Addresses, playAndReport } from './scenario.js';

/** Put in place by the bundler. */
declare const ADDRESSES: Addresses;

await playAndReport(ADDRESSES, { WebSocket: ReactNativeSocket });
