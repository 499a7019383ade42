'use strict';

const { posix } = require('node:path');
const { addDependencies, missingPeers } = require('./peers.cjs');
const { REGISTRATION, findRootModule, importLine, isRegistered, register } = require('./root-module.cjs');
const { enableShutdownHooks } = require('./shutdown-hooks.cjs');

/**
 * Schematic of `nest add @skreaver/nestjs-ws`, called by the Nest CLI once the package is installed. Idempotent: a
 * second run changes nothing. A file that it cannot edit with certainty stays as it is; the lines to add are printed.
 */
exports.nestAdd =
  ({ sourceRoot = 'src' } = {}) =>
  (tree, { logger }) => {
    registerModule(tree, sourceRoot, logger);
    drainAtShutdown(tree, sourceRoot, logger);
    declarePeers(tree, logger);
    return tree;
  };

function registerModule(tree, sourceRoot, logger) {
  const { path, className } = findRootModule(read(tree, posix.join(sourceRoot, 'main.ts')) ?? '', sourceRoot);
  const source = read(tree, path);
  if (source !== undefined && isRegistered(source)) {
    logger.info(`${path} has SkreaverWsModule already.`);
    return;
  }
  const edited = source === undefined ? undefined : register(source, className);
  if (edited === undefined) {
    logger.warn(byHand(path, className, source));
    return;
  }
  tree.overwrite(path, edited);
  logger.info(
    `${path} imports ${REGISTRATION}. Connections are anonymous until you pass it an authHandler that checks their tokens.`,
  );
}

function byHand(path, className, source) {
  const reason =
    source === undefined
      ? `There is no ${path}.`
      : `${path} has no \`@Module({ imports: [] })\` of ${className} to edit.`;
  return `${reason} Add to the root module:\n\n  ${importLine("'")}\n\n  imports: [${REGISTRATION}],\n`;
}

function drainAtShutdown(tree, sourceRoot, logger) {
  const path = posix.join(sourceRoot, 'main.ts');
  const source = read(tree, path);
  const edited = source === undefined ? undefined : enableShutdownHooks(source);
  if (edited === undefined) logger.warn('Call app.enableShutdownHooks() before app.listen(), so that SIGTERM drains.');
  else if (edited !== source) tree.overwrite(path, edited);
}

function declarePeers(tree, logger) {
  const text = read(tree, 'package.json');
  if (text === undefined) return;
  const missing = missingPeers(JSON.parse(text));
  const names = Object.keys(missing);
  if (names.length === 0) return;
  tree.overwrite('package.json', addDependencies(text, missing));
  logger.info(`package.json declares ${names.join(', ')} now. Install with your package manager.`);
}

const read = (tree, path) => tree.read(path)?.toString();
