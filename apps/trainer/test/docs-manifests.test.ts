import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fencedBlocks } from '@ttrec/readme-examples';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..', '..', '..');

/** The kinds of the pages, of parts that Kubernetes itself defines. Source: the custom resources of KServe and of the MPI operator. */
const TYPES = `
import type { ObjectMeta } from 'kubernetes-types/meta/v1';
import type { PodSpec, PodTemplateSpec } from 'kubernetes-types/core/v1';
interface InferenceService {
  apiVersion: 'serving.kserve.io/v1beta1'; kind: 'InferenceService'; metadata: ObjectMeta;
  spec: { predictor: PodSpec & { minReplicas?: number; maxReplicas?: number; timeout?: number; containerConcurrency?: number } };
}
interface Replica { replicas?: number; restartPolicy?: 'Always' | 'OnFailure' | 'Never'; template: PodTemplateSpec }
interface MPIJob {
  apiVersion: 'kubeflow.org/v2beta1'; kind: 'MPIJob'; metadata: ObjectMeta;
  spec: {
    slotsPerWorker?: number; sshAuthMountPath?: string; mpiImplementation?: 'OpenMPI' | 'Intel' | 'MPICH';
    launcherCreationPolicy?: 'AtStartup' | 'WaitForWorkersReady';
    runPolicy?: { cleanPodPolicy?: 'None' | 'Running' | 'All'; backoffLimit?: number; ttlSecondsAfterFinished?: number };
    mpiReplicaSpecs: { Launcher: Replica; Worker: Replica };
  };
}
`;

/** What a compiler says of a manifest as a value of its kind: unknown fields, missing ones, and values of another type. */
function problemsOf(manifest: { readonly kind: string }): string[] {
  const name = join(import.meta.dirname, 'manifest.ts');
  const code = `${TYPES}export const manifest: ${manifest.kind} = ${JSON.stringify(manifest)};\n`;
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    types: [],
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const files = ts.sys;
  host.fileExists = (file) => file === name || files.fileExists(file);
  host.readFile = (file) => (file === name ? code : files.readFile(file));
  return ts
    .getPreEmitDiagnostics(ts.createProgram([name], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

const blocks = ['behind-kserve-or-triton.md', 'train-on-a-cluster.md'].flatMap((page) =>
  fencedBlocks(readFileSync(join(root, 'docs', page), 'utf8'))
    .filter(({ language }) => language === 'yaml')
    .map(({ content }) => [page, content] as const),
);

test.each(blocks)(
  'the manifest of %s has the fields of Kubernetes, with values of their types',
  (_, text) => {
    expect(problemsOf(parse(text) as { kind: string })).toEqual([]);
  },
);

test.each([
  ['readinessProbe', 'readynessProbe', /"readynessProbe"' does not exist/],
  ['containerPort: 8080', "containerPort: '8080'", /Type 'string' is not assignable to type 'number'/],
  ['name: kserve-container', 'workingDir: /x', /Property 'name' is missing/],
  ['terminationGracePeriodSeconds', 'terminationGraceSeconds', /"terminationGraceSeconds"' does not exist/],
  ['slotsPerWorker', 'slots', /"slots"' does not exist/],
  ['cleanPodPolicy: Running', 'cleanPodPolicy: Soon', /"Soon"/],
  ['claimName', 'claim', /"claim"' does not exist/],
])('%s written as %s is found', (from, to, problem) => {
  const [, text] = blocks.find(([, content]) => content.includes(from))!;
  expect(problemsOf(parse(text.replace(from, to)) as { kind: string }).join('\n')).toMatch(problem);
});
