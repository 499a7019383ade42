import { type Addresses, playAndReport } from './scenario.js';

/** Put in place by the bundler. */
declare const ADDRESSES: Addresses;

/** What `workerd test` calls, and waits for. */
export default { test: (): Promise<void> => playAndReport(ADDRESSES) };
