import { loadCheckpoint, saveCheckpoint, type CheckpointContent } from '@ttrec/training/checkpoints';
import { expect } from 'vitest';

/** A checkpoint whose every number says at which step it was saved. */
export function contentAt(step: number, rest: Partial<CheckpointContent> = {}): CheckpointContent {
  return {
    name: nameAt(step),
    tensors: {
      'model.safetensors': [
        { name: 'w', dtype: 'F32', shape: [2, 2], data: new Float32Array(4).fill(step) },
        { name: 'b', dtype: 'F64', shape: [], data: async () => new Float64Array([step]) },
      ],
      'optimizer.safetensors': [{ name: 'w', dtype: 'F32', shape: [1], data: new Float32Array([-step]) }],
    },
    json: { 'state.json': { step, best: null } },
    ...rest,
  };
}

export function nameAt(step: number): string {
  return `step-${String(step).padStart(6, '0')}`;
}

export async function savedAt(run: string, steps: readonly number[]): Promise<void> {
  for (const step of steps) await saveCheckpoint(run, contentAt(step));
}

/** Loads a checkpoint and looks at every number in it. */
export async function expectWholeAt(step: number, path: string, name?: string): Promise<void> {
  const checkpoint = await loadCheckpoint(path, name);
  try {
    expect(checkpoint.name).toBe(nameAt(step));
    expect(await checkpoint.json('state.json')).toEqual({ step, best: null });
    const model = await checkpoint.tensors('model.safetensors');
    expect(await model.read('w')).toEqual(new Float32Array(4).fill(step));
    expect(await model.read('b')).toEqual(new Float64Array([step]));
    expect(await (await checkpoint.tensors('optimizer.safetensors')).read('w')).toEqual(
      new Float32Array([-step]),
    );
  } finally {
    await checkpoint.close();
  }
}
