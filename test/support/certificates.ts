import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A key and its certificate, as PEM. */
export interface KeyAndCert {
  readonly key: string;
  readonly cert: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A certificate authority of the test, by the `openssl` command. */
export class TestAuthority {
  private readonly dir = mkdtempSync(join(tmpdir(), 'ca-'));
  private issued = 0;

  constructor(name: string) {
    onTestFinished(() => rmSync(this.dir, { recursive: true, force: true }));
    this.openssl('req', '-x509', ...NEW_KEY, '-days', '2', '-subj', `/CN=${name}`, ...this.files('ca'));
  }

  /** The certificate of the authority. */
  get cert(): string {
    return this.read('ca.crt');
  }

  /** Issues a certificate. @param days its time from now; -1 for one that has expired */
  issue(subject: string, { days = 1 } = {}): KeyAndCert {
    const name = `leaf-${(this.issued += 1)}`;
    const request = this.path(`${name}.csr`);
    this.openssl('req', ...NEW_KEY, '-subj', subject, '-keyout', this.path(`${name}.key`), '-out', request);
    const signing = ['-CA', this.path('ca.crt'), '-CAkey', this.path('ca.key'), '-CAcreateserial'];
    this.openssl('x509', '-req', '-in', request, ...signing, '-days', `${days}`, '-out', this.path(`${name}.crt`));
    return { key: this.read(`${name}.key`), cert: this.read(`${name}.crt`) };
  }

  private files(name: string): readonly string[] {
    return ['-keyout', this.path(`${name}.key`), '-out', this.path(`${name}.crt`)];
  }

  private path(file: string): string {
    return join(this.dir, file);
  }

  private read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  private openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { stdio: 'pipe' });
  }
}
