/** Thrown for settings with which the server cannot start. Each sentence is one problem; none contains a secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly sentences: readonly string[]) {
    super(sentences.join('\n'));
  }
}
