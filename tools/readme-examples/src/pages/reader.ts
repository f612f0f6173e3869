import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../..', import.meta.url));
const standIns = fileURLToPath(new URL('stand-ins.mjs', import.meta.url));
const ON_SOURCES = '--conditions=@ttrec/source';

/** The programs of a reader's shell. */
const COMMANDS = {
  node: `exec "$READER_NODE" ${ON_SOURCES} "$@"`,
  npx: '[ "$1" = ttrec ] || { echo "npx $1: no stand-in" >&2; exit 1; }\nshift\nexec ttrec "$@"',
  npm: `exec "$READER_NODE" ${standIns} npm "$@"`,
  curl: `exec "$READER_NODE" ${standIns} curl "$@"`,
  ttrec: `case $1 in
serve) exec "$READER_NODE" ${standIns} server 'serving ' ${ON_SOURCES} "$READER_CLI" "$@" --port 0 ;;
esac
exec "$READER_NODE" ${ON_SOURCES} "$READER_CLI" "$@"`,
  vite: `exec "$READER_NODE" ${standIns} server 'Local: ' node_modules/vite/bin/vite.js`,
};

/** The folders of the packages of the workspace, and of those that they depend on. */
function packageFolders(): Record<string, string> {
  const members = ['packages', 'tools', 'apps'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(root, group, name)),
  );
  const manifests = members.filter((folder) => existsSync(join(folder, 'package.json')));
  const own = manifests.map((folder) => {
    const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string };
    return [name, folder] as const;
  });
  const foreign = manifests
    .map((folder) => join(folder, 'node_modules'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .flatMap((name) =>
          name.startsWith('@') ? readdirSync(join(folder, name)).map((part) => `${name}/${part}`) : [name],
        )
        .map((name) => [name, join(folder, name)] as const),
    );
  return Object.fromEntries([...foreign, ...own]);
}

/** Somebody in an empty folder, who runs what a page says. Programs are those of the workspace, from their sources. */
export class Reader {
  /** Where the reader is. */
  readonly folder: string;
  readonly #state: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor() {
    this.#state = mkdtempSync(join(tmpdir(), 'reader-'));
    this.folder = join(this.#state, 'folder');
    const bin = join(this.#state, 'bin');
    mkdirSync(this.folder);
    mkdirSync(bin);
    for (const [name, script] of Object.entries(COMMANDS)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    const packages = join(this.#state, 'packages.json');
    writeFileSync(packages, JSON.stringify(packageFolders()));
    this.#env = {
      NODE_COMPILE_CACHE: join(tmpdir(), 'ttrec-compiled'),
      ...process.env,
      NO_COLOR: '1',
      PATH: [bin, process.env['PATH']].join(delimiter),
      READER_PATH: process.env['PATH'],
      READER_NODE: process.execPath,
      READER_CLI: join(root, 'apps', 'trainer', 'src', 'cli.ts'),
      READER_PACKAGES: packages,
      READER_STATE: this.#state,
      // Open MPI refuses root, and more processes than cores.
      OMPI_ALLOW_RUN_AS_ROOT: '1',
      OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
      OMPI_MCA_rmaps_base_oversubscribe: '1',
    };
  }

  write(name: string, content: string | Uint8Array): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  /** Runs lines of shell and returns what they printed. @throws if one fails, with its words */
  shell(lines: string): Promise<string> {
    return this.#run('sh', ['-e'], lines);
  }

  /** Runs a module that stands in the folder. */
  program(code: string): Promise<string> {
    this.write('program.mts', code);
    return this.#run(process.execPath, [ON_SOURCES, 'program.mts']);
  }

  async python(interpreter: string, code: string): Promise<string> {
    return this.#run(interpreter, ['-'], code);
  }

  /** Ends the servers that the shell left running. */
  leave(): void {
    const servers = join(this.#state, 'servers');
    if (!existsSync(servers)) return;
    for (const line of readFileSync(servers, 'utf8').trim().split('\n')) {
      try {
        process.kill(Number(line.split(' ')[0]), 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
  }

  /** Starts a module that serves until it is ended. Requests to `port` of the page go to where it says it listens. */
  async service(code: string, port: number): Promise<void> {
    this.write('service.mts', code.replace(`port: ${port}`, 'port: 0'));
    await this.#run(process.execPath, [
      standIns,
      'server',
      '',
      ON_SOURCES,
      'service.mts',
      '--port',
      String(port),
    ]);
  }

  async #run(file: string, args: readonly string[], input = ''): Promise<string> {
    const child = spawn(file, args, { cwd: this.folder, env: this.#env });
    child.stdin.on('error', () => undefined).end(input);
    const ended = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
      child.on('error', reject).on('close', (code, signal) => resolve(code ?? signal));
    });
    const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    if (status === 0) return stdout;
    // The end comes first: test runners cut long messages.
    throw new Error(`ended with ${String(status)}\n…${stderr.slice(-1000)}\n${input}\n${stdout}${stderr}`);
  }
}
