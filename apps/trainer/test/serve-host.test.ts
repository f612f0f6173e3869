import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { announce } from '../src/commands/serve.ts';
import { clicksRun } from './clicks-run.ts';
import { start, temporaryFolder, type Command } from './command.ts';

let run: string;
beforeAll(async () => {
  run = await clicksRun(temporaryFolder());
});

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

/** Starts `ttrec serve`, and returns where it listens. */
async function served(...flags: readonly string[]): Promise<{ command: Command; url: string; said: string }> {
  const command = start(['serve', `shop=${run}`, '--port', '0', '--workers', '1', ...flags]);
  const said = await command.says('serving  ');
  return { command, said, url: /serving {2}(http:\S+)\/v2/.exec(said)![1]! };
}

test.skipIf(!hasIpv6)('--host takes an address of IPv6', () =>
  listens(['--host', '::1'], /^http:\/\/\[::1\]:\d+$/),
);

test.each<[string, string[], RegExp]>([
  ['127.0.0.1 by default', [], /^http:\/\/127\.0\.0\.1:\d+$/],
  ['the address of a name', ['--host', 'localhost'], /^http:\/\/(127\.0\.0\.1|\[::1\]):\d+$/],
])('listens on %s', (_, flags, address) => listens(flags, address));

async function listens(flags: readonly string[], address: RegExp): Promise<void> {
  const { command, url, said } = await served(...flags);
  expect(url).toMatch(address);
  expect(said).not.toContain('warning');
  expect(await (await fetch(`${url}/v2/health/live`)).json()).toEqual({ live: true });
  command.child.kill('SIGTERM');
  expect((await command.ended).code).toBe(0);
}

test.each([
  ['http://127.0.0.1:8080', undefined, false],
  ['http://[::1]:8080', undefined, false],
  ['http://10.0.0.7:8080', undefined, true],
  ['http://0.0.0.0:8080', 's3cret', false],
])('%s with the token %s: a warning that anybody may load and unload: %s', (url, token, isWarned) => {
  const notes: string[] = [];
  announce({ url, models: [], workers: 1, engine: 'an engine' }, token, (text) => notes.push(text));
  expect(notes.some((text) => text.startsWith('warning'))).toBe(isWarned);
});

test.each([(file: string) => ['--import', file], (file: string) => [`--import=${file}`]])(
  'modules that Node loads first are loaded in all threads: %s',
  async (flags) => {
    const file = join(temporaryFolder(), 'first.mjs');
    writeFileSync(file, "process.stderr.write('loaded first\\n');\n");
    const command = start(['serve', `shop=${run}`, '--port', '0', '--workers', '1'], undefined, flags(file));
    const said = await command.says('serving  ');
    expect(said.match(/loaded first/g)!.length).toBeGreaterThanOrEqual(2);
    command.child.kill('SIGTERM');
    expect((await command.ended).code).toBe(0);
  },
);

test('SIGTERM before a model is served ends the command with 0', async () => {
  const command = start(['serve', `shop=${run}`, '--port', '0', '--workers', '1']);
  await command.says('loading');
  command.child.kill('SIGTERM');
  const { code, stderr } = await command.ended;
  expect(stderr).toContain('stopped  before a model was served');
  expect(stderr).not.toMatch(/trainer\/|serving {2}/);
  expect(code).toBe(0);
});
