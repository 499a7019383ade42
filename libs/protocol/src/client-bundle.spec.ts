import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** What a client needs of the protocol. With the tables of codes and their sentences it was 3779 B, now it is 1769 B. */
const NEEDED = 'decodeServerMessage, parseCloseReason, reconnectRule';

const bundle = async (names: string, format: 'esm' | 'iife', minify: boolean): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${names} } from './index.ts';`, resolveDir: import.meta.dirname },
    bundle: true,
    minify,
    format,
    globalName: 'protocol',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
};

describe('the protocol in the bundle of a client', () => {
  it('takes at most 1900 B, minified and gzipped', async () => {
    const code = await bundle(NEEDED, 'esm', true);
    expect(gzipSync(code).length).toBeLessThanOrEqual(1900);
  });

  it('has neither the checks of what clients send nor the sentences of the codes', async () => {
    const modules = await bundle(NEEDED, 'esm', false);
    expect(modules).toContain('server-shapes.ts');
    expect(modules).not.toMatch(/client-shapes|scan-json|published-source|json-text|close-codes|error-codes/);
  });

  it('decodes text in an engine that has no globals beyond those of the language', async () => {
    const code = await bundle(NEEDED, 'iife', true);
    const decoded: unknown = runInNewContext(
      `${code}; JSON.stringify(protocol.decodeServerMessage('{"type":"pong"}'))`,
    );
    expect(decoded).toBe('{"ok":true,"message":{"type":"pong"}}');
  });
});
