import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const NGINX = '/usr/sbin/nginx';

/** Starts an nginx with the block of a server, ended with the test. It listens a moment later. */
export function startNginx(server: string): void {
  const dir = mkdtempSync(join(tmpdir(), 'nginx-'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${dir}/${kind};`,
  );
  const http = `http { access_log off; ${temporary.join(' ')}\n${server}}`;
  const config = join(dir, 'nginx.conf');
  writeFileSync(config, `daemon off; master_process off; pid ${dir}/pid; error_log stderr;\nevents {}\n${http}`);
  execFileSync(NGINX, ['-t', '-q', '-p', dir, '-c', config]);
  const nginx = spawn(NGINX, ['-p', dir, '-c', config], { stdio: 'ignore' });
  const ended = once(nginx, 'close');
  onTestFinished(async () => {
    nginx.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  });
}
