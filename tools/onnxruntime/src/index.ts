import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runtimeFolder } from './runtime-folder.ts';

/** The part of onnxruntime-node that the tests use. */
export interface OnnxRuntime {
  readonly Tensor: new (
    type: 'float32' | 'int64',
    data: Float32Array | BigInt64Array,
    dims: readonly number[],
  ) => OnnxValue;
  readonly InferenceSession: {
    create(model: Uint8Array, options?: OnnxSessionOptions): Promise<OnnxSession>;
  };
}

export interface OnnxSessionOptions {
  readonly graphOptimizationLevel?: 'disabled' | 'all';
  readonly intraOpNumThreads?: number;
  readonly interOpNumThreads?: number;
  /** 2 (warnings) by default; at 4 failed runs are not logged. */
  readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
}

export interface OnnxValue {
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}

export interface OnnxSession {
  readonly inputNames: readonly string[];
  run(feeds: Readonly<Record<string, OnnxValue>>): Promise<Readonly<Record<string, OnnxValue>>>;
}

/**
 * The runtime, from the folder that `TTREC_ONNXRUNTIME` names or the one that `install.ts` fills; undefined when it is in neither,
 * which is said on stderr: the tests that need it then show as skipped.
 */
export function onnxRuntime(): OnnxRuntime | undefined {
  const folders = [process.env['TTREC_ONNXRUNTIME'], runtimeFolder].filter((folder) => folder !== undefined);
  const folder = folders.find((each) => existsSync(join(each, 'node_modules', 'onnxruntime-node')));
  if (folder === undefined) {
    console.warn(
      'onnxruntime-node is not installed: tests of exported models are skipped (node tools/onnxruntime/src/install.ts)',
    );
    return undefined;
  }
  return createRequire(join(folder, 'package.json'))('onnxruntime-node') as OnnxRuntime;
}
