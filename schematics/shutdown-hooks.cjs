'use strict';

const { codeOf, insert } = require('./code.cjs');

/** Lets SIGTERM drain the connections. @returns the source of main.ts; undefined if no line of it calls `listen` */
function enableShutdownHooks(source) {
  const code = codeOf(source);
  if (/\benableShutdownHooks\b/.test(code)) return source;
  const listen = /^([ \t]*)(?:await\s+|return\s+|void\s+)?(\w+)\.listen\(/m.exec(code);
  if (!listen) return undefined;
  const [, indent, application] = listen;
  return insert(
    source,
    listen.index,
    `${indent}${application}.enableShutdownHooks();${source.includes('\r\n') ? '\r\n' : '\n'}`,
  );
}

module.exports = { enableShutdownHooks };
