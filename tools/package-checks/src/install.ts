import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import type { Manifest, PackedPackage } from './pack.ts';

/** An empty folder in which packed packages are installed and used, as somebody would who has the registry alone. */
export class Project {
  readonly folder: string;
  readonly #path: string;

  /** @param node the program that runs what is installed */
  constructor(folder: string, node: string) {
    this.folder = folder;
    this.#path = `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}`;
  }

  /** Runs a program in the folder, with that node first on the path. Throws with its whole output when it fails. */
  run(file: string, args: readonly string[]): string {
    const { status, stdout, stderr, error } = spawnSync(file, args, {
      cwd: this.folder,
      encoding: 'utf8',
      env: { ...process.env, PATH: this.#path },
    });
    if (status === 0) return stdout.trim();
    const end = String(status ?? error?.message);
    throw new Error(`${file} ${args.join(' ')} ended with ${end}\n${stdout}${stderr}`);
  }

  /** Installs some packages with npm; whatever asks for another of `all` gets its tarball, not one of the registry. */
  install(wanted: readonly PackedPackage[], all: readonly PackedPackage[]): void {
    const spec = ({ name, tarball }: PackedPackage) => [name, `file:${tarball}`] as const;
    const isWanted = (packed: PackedPackage) => wanted.includes(packed);
    const manifest = {
      name: 'smoke',
      private: true,
      type: 'module',
      dependencies: Object.fromEntries(wanted.map(spec)),
      overrides: Object.fromEntries(
        all.map((packed) => (isWanted(packed) ? [packed.name, `$${packed.name}`] : spec(packed))),
      ),
    };
    writeFileSync(join(this.folder, 'package.json'), JSON.stringify(manifest));
    this.run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline']);
  }

  /** What is installed. */
  contents(): Installed {
    const root = join(this.folder, 'node_modules');
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
    const manifests = files.filter((file) =>
      /(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(`node_modules/${file}`),
    );
    const native = [
      ...files.filter((file) => /\.node$|(^|\/)binding\.gyp$/.test(file)),
      ...manifests.filter((file) => {
        const { scripts } = JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest & {
          scripts?: object;
        };
        return ['preinstall', 'install', 'postinstall'].some((name) => Object.hasOwn(scripts ?? {}, name));
      }),
    ];
    const sizes = files.map((file) => statSync(join(root, file), { throwIfNoEntry: false }));
    return {
      packages: manifests.map((file) => basename(dirname(file))),
      bytes: sizes.reduce((sum, found) => sum + (found?.isFile() === true ? found.size : 0), 0),
      native,
    };
  }
}

export interface Installed {
  readonly packages: readonly string[];
  readonly bytes: number;
  /** Files of native code, and manifests with a script that npm runs when it installs. */
  readonly native: readonly string[];
}
