import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { CHROMIUM, CHROMIUM_FLAGS } from '../support/chromium.js';
import { RunningProcess } from '../support/running-process.js';

export type Browser = keyof typeof browsers;

/** No word to anybody but the page's server, and no questions. */
const FIREFOX_SETTINGS = {
  'app.normandy.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  // Nobody listens there; this machine is reached without it.
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': 9,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': 9,
};

/** Debian's browsers, each another engine, and how each is started with a profile of its own. */
const browsers = {
  Chromium: (profile: string, url: string) =>
    new RunningProcess(CHROMIUM, [...CHROMIUM_FLAGS, `--user-data-dir=${profile}`, url]),
  Firefox: (profile: string, url: string) => {
    const settings = Object.entries(FIREFOX_SETTINGS).map(
      (setting) => `user_pref(${JSON.stringify(setting).slice(1, -1)});`,
    );
    writeFileSync(join(profile, 'user.js'), settings.join('\n'));
    const env = { ...process.env, HOME: profile };
    return new RunningProcess('/usr/bin/firefox-esr', ['--headless', '--no-remote', '--profile', profile, url], env);
  },
};

/** Shows a page until the test ends. */
export function browse(browser: Browser, url: string): RunningProcess {
  const profile = mkdtempSync(join(tmpdir(), `${browser}-`));
  // Hooks run last first: the browser has ended by then.
  onTestFinished(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
  return browsers[browser](profile, url);
}
