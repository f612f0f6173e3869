import { checkChoice } from '@ttrec/core/options';
import { error } from '../error.ts';
import { hasWebAssembly, isValid, type Build, type Sources } from './kernel-module.ts';

export const simdChoices = ['auto', 'strict', 'relaxed'] as const;

/** What builds are called in `capabilities.engine`. */
export const engines: Readonly<Record<Build, string>> = {
  strict: 'WebAssembly SIMD, strict',
  relaxed: 'WebAssembly SIMD, relaxed (fused multiply-add)',
};

export function bestBuild(sources: Sources): Build | undefined {
  return (['relaxed', 'strict'] as const).find((build) => isValid(sources[build]));
}

export function whyNone(): string {
  return hasWebAssembly() ? 'this engine’s WebAssembly has no SIMD' : 'there is no WebAssembly here';
}

/** The build that is asked for, if it runs here. @throws `backend-wasm/bad-option`, `backend-wasm/unavailable` */
export function checkedBuild(sources: Sources, simd: 'auto' | Build): Build {
  checkChoice(error, 'bad-option', 'simd', simd, simdChoices);
  const build = simd === 'auto' ? bestBuild(sources) : simd;
  if (build !== undefined && isValid(sources[build])) return build;
  const hint = isValid(sources.strict) ? 'Choose "auto" or "strict".' : `Use another backend: ${whyNone()}.`;
  throw error('unavailable', { subject: 'simd', rule: 'must be what this engine runs', got: simd, hint });
}
