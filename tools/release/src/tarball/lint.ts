import { readFileSync } from 'node:fs';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { problemAffectsResolutionKind } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { manifestProblems } from './manifest-problems.ts';
import type { PackedPackage } from './packed-package.ts';
import { referenceProblems } from './reference-problems.ts';

/** All that can be wrong with a tarball by itself. */
export async function tarballProblems(packed: PackedPackage): Promise<string[]> {
  return [
    ...manifestProblems(packed),
    ...referenceProblems(packed),
    ...(await publintProblems(packed)),
    ...(await typesProblems(packed)),
  ];
}

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
