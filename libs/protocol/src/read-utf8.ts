/** A global of browsers and Node. Declared here because the package depends on the types of neither. */
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(input: Uint8Array): string };

/** Made at the first use: some JavaScript engines have no `TextDecoder`, and text alone needs none. */
let utf8: InstanceType<typeof TextDecoder> | undefined;

/**
 * Decodes UTF-8; undefined where the bytes are not. Keeps a byte order mark, which is not JSON (RFC 8259 §8.1), so that
 * bytes and text get the same answer.
 */
export function readUtf8(bytes: Uint8Array): string | undefined {
  utf8 ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
