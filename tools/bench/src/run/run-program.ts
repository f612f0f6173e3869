import { execFile } from 'node:child_process';
import { endWithThis } from '@ttrec/test-support/end-with-this';
import { error } from '../error.ts';

/**
 * Runs a program to its end.
 *
 * @throws `bench/peer-failed` when it cannot start, ends with another code than 0, or runs past `seconds`
 */
export function runProgram(program: {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly seconds: number;
}): Promise<{ readonly stdout: string }> {
  const { file, args, cwd, env, seconds } = program;
  const options = { cwd, env, timeout: seconds * 1000, maxBuffer: 2 ** 26 };
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, options, (cause, stdout, stderr) => {
      if (cause === null) resolve({ stdout });
      else reject(failure(file, seconds, { cause, stderr }));
    });
    endWithThis(child);
  });
}

function failure(
  file: string,
  seconds: number,
  { cause, stderr }: { cause: Error & { killed?: boolean }; stderr: string },
): Error {
  const lastLine = stderr.trim().split('\n').at(-1) ?? '';
  return error('peer-failed', {
    subject: file,
    rule: `must end well within ${seconds} s`,
    got: cause.killed === true ? 'no end' : lastLine || cause.message,
    cause,
  });
}
