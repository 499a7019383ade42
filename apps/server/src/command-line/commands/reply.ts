import { type Question, PASS } from '@skreaver/client';
import type { Call } from '../command.js';
import { connectClient } from '../connection/connect-client.js';
import { ExitCode, usageError } from '../grammar/exit-code.js';
import { parseJson } from '../input.js';
import { runShellCommand } from '../run-shell-command.js';

type Answer = (question: Question) => unknown;

/** Answers questions of the server (`ask`) until it is interrupted, or has answered so many. */
export async function run(call: Call<'reply'>): Promise<void> {
  const { values, output } = call;
  const { count = Infinity } = values;
  const answer = answerOf(call);
  const { client, ended, close } = await connectClient(values, call);
  try {
    let answered = 0;
    const done = new Promise<void>((resolve, reject) => {
      client.answer(async (question) => {
        const { id, data, timestamp } = question;
        output.data(data, { id, data, timestamp });
        try {
          const given = await answer(question);
          if (given !== PASS && ++answered >= count) setImmediate(resolve);
          return given;
        } catch (error) {
          reject(error);
          return PASS;
        }
      });
    });
    output.talk('Waiting for questions.');
    await Promise.race([ended, done]);
  } finally {
    await close();
  }
}

function answerOf({ values, output, signal }: Call<'reply'>): Answer {
  const { answer, command } = values;
  if ((answer === undefined) === (command === undefined)) {
    throw usageError('Give the answer by --answer or by --command, one of both.');
  }
  if (command === undefined) {
    const fixed = parseJson(answer ?? '', 'The answer');
    return () => fixed;
  }
  return async ({ data, id, signal: withdrawn }) => {
    const env = { SKREAVER_QUESTION: id };
    const { code, stdout } = await runShellCommand(
      command,
      JSON.stringify(data),
      env,
      AbortSignal.any([signal, withdrawn]),
    );
    if (withdrawn.aborted) return PASS;
    if (code === 0) return parseJson(stdout, 'What the command printed', ExitCode.Failed);
    output.talk(`The command ended with ${code ?? 'a signal'}: the question is left to others.`);
    return PASS;
  };
}
