/** A global of browsers and Node. Declared here because the package depends on the types of neither. */
declare const TextDecoder: new (label: string) => { decode(input: Uint8Array): string };

/** Made at the first use: some JavaScript engines have no `TextDecoder`. */
let latin1: InstanceType<typeof TextDecoder> | undefined;
const alphabet = Uint8Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', (char) =>
  char.charCodeAt(0),
);
const padding = 0x3d;

/** Encodes bytes in base64: the standard alphabet, with padding (RFC 4648 §4). */
export function base64(bytes: Uint8Array): string {
  const { length } = bytes;
  const chars = new Uint8Array(4 * Math.ceil(length / 3));
  let to = 0;
  for (let at = 0; at < length; at += 3) {
    const three = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    chars[to++] = alphabet[three >>> 18] as number;
    chars[to++] = alphabet[(three >>> 12) & 0x3f] as number;
    chars[to++] = alphabet[(three >>> 6) & 0x3f] as number;
    chars[to++] = alphabet[three & 0x3f] as number;
  }
  for (let missing = (3 - (length % 3)) % 3; missing > 0; missing -= 1) chars[chars.length - missing] = padding;
  latin1 ??= new TextDecoder('latin1');
  return latin1.decode(chars);
}
