#!/usr/bin/env node
import { ExitCode } from './command-line/grammar/exit-code.js';
import { flushed } from './command-line/output.js';
import { runCommandLine } from './command-line/run-command-line.js';

const exitCode = await runCommandLine(process.argv.slice(2));
// Whoever interrupts does not wait for a reader that has stopped.
if (exitCode < ExitCode.Interrupted) await flushed();
process.exit(exitCode);
