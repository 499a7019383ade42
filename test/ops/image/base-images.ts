import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeBinary } from '../../support/node-binary.js';
import type { Buildah } from './buildah.js';

const NODE = nodeBinary(24);

/**
 * The images that the Dockerfile builds from, made from this machine under their names, so that the build needs no
 * registry of images: Node 24 with its libraries, and for the first of them npm and a shell.
 */
export async function makeBaseImages(buildah: Buildah, dir: string): Promise<void> {
  await buildah.commit('docker.io/library/node:24-bookworm-slim', buildStage(join(dir, 'build')));
  await buildah.commit('gcr.io/distroless/nodejs24-debian13:nonroot', finalStage(join(dir, 'final')));
}

function buildStage(root: string): string {
  withLibraries(root);
  copy(NODE, join(root, 'usr/local/bin/node'));
  const npm = join(output('npm', 'root', '--global'), 'npm');
  copy(realpathSync(npm), join(root, 'usr/local/lib/node_modules/npm'));
  for (const name of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, 'usr/local/bin', name));
  }
  copy('/bin/busybox', join(root, 'bin/busybox'));
  const applets = output('/bin/busybox', '--list').split('\n');
  for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet));
  mkdirSync(join(root, 'usr/bin'));
  symlinkSync('/bin/busybox', join(root, 'usr/bin/env'));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\n');
  return root;
}

function finalStage(root: string): string {
  withLibraries(root);
  copy(NODE, join(root, 'nodejs/bin/node'));
  writeFileSync(join(root, 'etc/passwd'), 'nonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n');
  return root;
}

/** The libraries that Node is linked with, those that find hosts, and the authorities that sign certificates. */
function withLibraries(root: string): void {
  for (const directory of ['proc', 'dev', 'sys', 'tmp', 'root', 'bin', 'etc']) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  const linked = [...output('ldd', NODE).matchAll(/(\/\S+) \(/g)].map(([, path = '']) => path);
  const libc = linked.find((path) => path.endsWith('/libc.so.6')) ?? '';
  const hosts = ['libresolv.so.2', 'libnss_dns.so.2', 'libnss_files.so.2'].map((name) => join(dirname(libc), name));
  for (const path of [...linked, ...hosts, '/etc/ssl/certs/ca-certificates.crt']) copy(path, join(root, path));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, dereference: true });
}

function output(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' }).trim();
}
