import { chmod, mkdir, stat, unlink } from 'node:fs/promises';
import { type Server, connect } from 'node:net';
import { dirname } from 'node:path';

const PRIVATE_FOLDER = 0o700;
const PRIVATE_SOCKET = 0o600;
const OTHERS = 0o077;
/** What the address of a Unix socket has room for. */
const MOST_PATH_BYTES = 107;

/**
 * Listens on a Unix socket that nobody else may enter: in a folder of the user alone, which is made if it is not there.
 * @throws Error with a sentence for an operator
 */
export async function listenPrivately(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > MOST_PATH_BYTES) {
    throw new Error(`The path of the hub's socket may have ${MOST_PATH_BYTES} bytes.`);
  }
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  // oxlint-disable-next-line no-bitwise -- permissions are bits
  if (((await stat(folder)).mode & OTHERS) !== 0) {
    throw new Error(`The folder of the hub's socket, ${folder}, may be open to its owner alone (mode 0700).`);
  }
  await removeStale(path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
  await chmod(path, PRIVATE_SOCKET);
}

/** A hub that was killed leaves its socket behind. */
async function removeStale(path: string): Promise<void> {
  const isServed = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
  if (isServed) throw new Error(`Another hub listens on ${path}.`);
  await unlink(path).catch(() => undefined);
}
