import { describe, expect, it } from 'vitest';
import { nodeVersionWarning } from './node-version.js';

describe('the version of Node', () => {
  it.each(['v20.19.0', 'v20.20.1', 'v22.22.1', 'v22.12.0', 'v24.14.0', 'v24.0.0'])('%s causes a warning', (version) => {
    expect(nodeVersionWarning(version)).toMatch(
      /^Node v\d+\.\d+\.\d+ lacks security fixes; use \d+\.\d+\.\d+ or later\.$/,
    );
  });

  it.each(['v20.20.2', 'v20.21.0', 'v22.22.2', 'v24.14.1', 'v24.15.0', 'v25.0.0', 'v26.1.0-rc.1'])(
    '%s causes no warning',
    (version) => {
      expect(nodeVersionWarning(version)).toBeUndefined();
    },
  );
});
