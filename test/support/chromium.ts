/** Debian's. */
export const CHROMIUM = '/usr/bin/chromium';

/** Without a screen, as root, and without a word to anybody but the pages that it is given. */
export const CHROMIUM_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
