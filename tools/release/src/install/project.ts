import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { run } from '../run.ts';

/** An empty folder in which published packages are installed and used, with nothing but the registry. */
export class Project {
  readonly folder: string;
  readonly runtime: string;
  readonly env: NodeJS.ProcessEnv;

  /**
   * @param runtime the program that runs JavaScript, which is also first on the path
   * @param env the environment of every program
   */
  constructor(folder: string, runtime: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.runtime = runtime;
    const bin = join(folder, 'node_modules', '.bin');
    this.env = { ...env, PATH: [bin, dirname(runtime), env['PATH']].join(delimiter) };
    mkdirSync(folder, { recursive: true });
    this.write('package.json', JSON.stringify({ name: 'rehearsal', private: true, type: 'module' }));
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  run(file: string, args: readonly string[], input?: string): Promise<string> {
    return run(file, args, { cwd: this.folder, env: this.env, input });
  }
}

/**
 * The environment of a fresh Node: the settings of npm that are in force here are gone, and
 * so are the homes and caches.
 */
export function strangersEnvironment(home: string, registry: string): NodeJS.ProcessEnv {
  mkdirSync(home, { recursive: true });
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|pnpm_|yarn_|bun_|deno_|init_cwd|node_options|xdg_|ci$|ttrec_)/i.test(name),
  );
  writeFileSync(
    join(home, '.npmrc'),
    [
      `registry=${registry}`,
      `${registry.replace(/^http:/, '')}:_authToken=rehearsal`,
      'audit=false',
      'fund=false',
      'update-notifier=false',
      '',
    ].join('\n'),
  );
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    USERPROFILE: home,
    NO_COLOR: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
    YARN_NPM_REGISTRY_SERVER: registry,
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_ENABLE_TELEMETRY: '0',
    // Yarn installs nothing that was published just now, as Deno does without --min-dep-age.
    YARN_NPM_MINIMAL_AGE_GATE: '0',
    NPM_CONFIG_REGISTRY: registry,
    BUN_CONFIG_REGISTRY: registry,
    DENO_NO_UPDATE_CHECK: '1',
  };
}
