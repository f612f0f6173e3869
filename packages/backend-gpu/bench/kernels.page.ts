import { createGpuBackend, type GpuMode } from '@ttrec/backend-gpu';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { benchCases } from './cases.ts';

export type BenchEngine = 'wasm' | GpuMode;

export interface Timing {
  readonly name: string;
  /** Of one call, median over rounds. */
  readonly milliseconds: number;
}

/** A round takes at least this long, in milliseconds, or is one call. */
const ROUND = 30;
const ROUNDS = 3;

/** Times each case: rounds of calls one after another and one read, after rounds that find how many calls to make. */
export async function timeKernels(name: BenchEngine): Promise<{ engine: string; timings: Timing[] }> {
  const backend =
    name === 'wasm' ? await createWasmBackend() : await createGpuBackend({ mode: name, software: true });
  const timings: Timing[] = [];
  for (const { label, prepare } of benchCases) {
    const { call, result } = prepare(backend);
    const round = async (calls: number): Promise<number> => {
      const start = performance.now();
      for (let i = 0; i < calls; i++) call();
      await backend.read(result, 0, 1);
      return performance.now() - start;
    };
    timings.push({ name: label, milliseconds: await medianOf(round) });
  }
  const { engine } = backend.capabilities;
  await backend.dispose();
  return { engine, timings };
}

/** Milliseconds of one call. */
async function medianOf(round: (calls: number) => Promise<number>): Promise<number> {
  await round(1);
  let calls = 1;
  while ((await round(calls)) < ROUND) calls *= 2;
  const rounds: number[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push((await round(calls)) / calls);
  return rounds.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
}
