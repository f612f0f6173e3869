// Packs every published package and checks what users would get. Prints a line a package; exits 1 if any has a problem.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { problemAffectsResolutionKind } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { manifestProblems } from './manifest-problems.ts';
import { packAll, root, type PackedPackage } from './pack.ts';

async function publintProblems({ tarball, manifest }: PackedPackage): Promise<string[]> {
  const data = readFileSync(tarball);
  const tarballData = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const { messages } = await publint({ pack: { tarball: tarballData }, strict: true });
  return messages.flatMap((message) => formatMessage(message, manifest, { color: false }) ?? message.code);
}

/** The packages are ESM only, by design: what a CommonJS caller or an old resolver would meet is no problem here. */
async function typesProblems({ tarball, manifest }: PackedPackage): Promise<string[]> {
  if (manifest['types'] === undefined && !JSON.stringify(manifest.exports ?? {}).includes('"types"'))
    return [];
  const result = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  if (result.types === false) return ['the tarball has no types'];
  const concernsEsm = result.problems.filter((problem) =>
    (['node16-esm', 'bundler'] as const).some((kind) => problemAffectsResolutionKind(problem, kind, result)),
  );
  return concernsEsm.map((problem) => JSON.stringify(problem));
}

let failed = 0;
for (const packed of packAll(join(root, '.cache', 'tarballs'))) {
  const problems = [
    ...manifestProblems(packed),
    ...(await publintProblems(packed)),
    ...(await typesProblems(packed)),
  ];
  const size = `${(packed.bytes / 1024).toFixed(1)} KiB packed, ${packed.files.length} files`;
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${packed.name}: ${size}`);
  for (const problem of problems) console.log(`     ${problem}`);
  if (problems.length > 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
