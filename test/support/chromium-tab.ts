import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { CHROMIUM, CHROMIUM_FLAGS } from './chromium.js';
import { RunningProcess } from './running-process.js';

/** Timers of a page that is hidden for a second stop, as they do in a page that is hidden for minutes. */
const FLAGS = [
  ...CHROMIUM_FLAGS,
  '--remote-debugging-port=0',
  '--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1',
];

interface Answer {
  readonly id?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/**
 * A page in a tab of Chromium, which is throttled, hidden and frozen as for a user. Playwright would switch that off, so
 * this speaks the DevTools protocol itself. Ends with the test.
 */
export class ChromiumTab {
  private readonly answers: ((answer: Answer) => void)[] = [];
  private targetId = '';
  private sessionId = '';

  private constructor(
    private readonly browser: RunningProcess,
    private readonly devTools: WebSocket,
  ) {
    devTools.on('message', (message: Buffer) => {
      const answer = JSON.parse(message.toString()) as Answer;
      if (answer.id !== undefined) this.answers[answer.id]?.(answer);
    });
  }

  static async open(url: string): Promise<ChromiumTab> {
    const profile = mkdtempSync(join(tmpdir(), 'skreaver-tab-'));
    // Hooks run last first: the browser has ended by then.
    onTestFinished(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
    const args = [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'];
    const browser = new RunningProcess(CHROMIUM, args, process.env, onTestFinished, { ownGroup: true });
    const [, endpoint = ''] = await browser.prints(/DevTools listening on (ws:\S+)/);
    const devTools = new WebSocket(endpoint);
    onTestFinished(() => devTools.terminate());
    await once(devTools, 'open');
    const tab = new ChromiumTab(browser, devTools);
    ({ targetId: tab.targetId } = await tab.command<{ targetId: string }>('Target.createTarget', { url }));
    const attached = { targetId: tab.targetId, flatten: true };
    ({ sessionId: tab.sessionId } = await tab.command<{ sessionId: string }>('Target.attachToTarget', attached));
    return tab;
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const options = { expression, returnByValue: true, awaitPromise: true };
    const { result } = await this.command<{ result: { value: T } }>('Runtime.evaluate', options);
    return result.value;
  }

  /** Puts another tab in front. */
  async hide(): Promise<void> {
    await this.command('Target.createTarget', { url: 'about:blank' });
  }

  async show(): Promise<void> {
    await this.command('Target.activateTarget', { targetId: this.targetId });
  }

  /** Stops the scripts of a hidden page, as Chromium does to save power. */
  async freeze(): Promise<void> {
    await this.command('Page.setWebLifecycleState', { state: 'frozen' });
  }

  async unfreeze(): Promise<void> {
    await this.command('Page.setWebLifecycleState', { state: 'active' });
  }

  /** Stops all of the browser, without a word to its pages: as a computer that sleeps. */
  sleep(): void {
    this.browser.sleep();
  }

  wake(): void {
    this.browser.wake();
  }

  private async command<T = unknown>(method: string, params: object): Promise<T> {
    const session = method.startsWith('Target.') ? {} : { sessionId: this.sessionId };
    const { result, error } = await new Promise<Answer>((resolve) => {
      const id = this.answers.push(resolve) - 1;
      this.devTools.send(JSON.stringify({ id, method, params, ...session }));
    });
    if (error) throw new Error(`${method}: ${error.message}`);
    return result as T;
  }
}
