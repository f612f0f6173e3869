// What a reader's shell finds in place of `npm`, `curl` and of programs that keep running: packages come from the workspace, a
// server starts in the background on a free port, and requests to the port of the page go there.

import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const { READER_NODE, READER_STATE, READER_PACKAGES, READER_PATH } = process.env;
const [command, ...args] = process.argv.slice(2);
const servers = join(READER_STATE, 'servers');

await { npm, curl, server }[command](...args);

async function npm(verb, ...rest) {
  if (verb === 'init') return writeFileSync('package.json', '{"name":"reader","version":"1.0.0"}\n');
  if (verb === 'install') return install(rest.filter((word) => !word.startsWith('-')));
  const words = rest.filter((word) => word !== '-s' && word !== '--');
  if (verb === 'run' && words[0] === 'ttrec') return run('ttrec', words.slice(1));
  throw new Error(`no stand-in for npm ${[verb, ...rest].join(' ')}`);
}

/** Links packages of the workspace, and those that it depends on in the same version. */
function install(specs) {
  const packages = JSON.parse(readFileSync(READER_PACKAGES, 'utf8'));
  for (const spec of specs) {
    const [, name, version] = /^(@?[^@]+)(?:@(.+))?$/.exec(spec);
    const folder = packages[name];
    if (folder === undefined) throw new Error(`npm install ${name}: the workspace has no such package`);
    const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
    if (version !== undefined && version !== found)
      throw new Error(`npm install ${spec}: the workspace has ${found}`);
    const link = join('node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(folder, link);
  }
}

function curl(...words) {
  const ports = existsSync(servers) ? readFileSync(servers, 'utf8').trim().split('\n') : [];
  const own = ports.map((line) => line.split(' '));
  const there = words.map((word) =>
    own.reduce((text, [, port, url]) => text.replace(`localhost:${port}`, new URL(url).host), word),
  );
  run('curl', ['--silent', '--show-error', '--fail-with-body', ...there], {
    ...process.env,
    PATH: READER_PATH,
  });
}

/** Starts a program and returns when it prints where it listens. */
async function server(says, ...words) {
  const at = words.indexOf('--port');
  const port = at < 0 ? '' : words[at + 1];
  const own = at < 0 ? words : words.with(at + 1, '0');
  const log = join(READER_STATE, `log-${process.pid}`);
  const file = openSync(log, 'w');
  const child = spawn(READER_NODE, own, { detached: true, stdio: ['ignore', file, file] });
  child.unref();
  closeSync(file);
  for (let waited = 0; ; waited++) {
    // oxlint-disable-next-line no-control-regex
    const text = readFileSync(log, 'utf8').replaceAll(/\u001b\[[0-9;]*m/g, '');
    const [, url] = new RegExp(`${says}\\s*(http://[^\\s/]+)`).exec(text) ?? [];
    if (url !== undefined) return appendFileSync(servers, `${child.pid} ${port} ${url}\n`);
    if (child.exitCode !== null || waited > 600) throw new Error(`the server did not start:\n${text}`);
    await setTimeout(100);
  }
}

function run(program, words, env = process.env) {
  const { status, error } = spawnSync(program, words, { stdio: 'inherit', env });
  if (error) throw error;
  process.exit(status ?? 1);
}
