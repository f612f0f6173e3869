import type { TensorFile } from '@ttrec/tensor-files/safetensors';
import { error } from '../error.ts';

const FIRST = /^(?<prefix>.*?)(?:emb_l\.0\.(?:weight|tt_cores\.0)|top_l\.0\.weight)$/;

/**
 * Returns what precedes the names of a DLRM: `state_dict.` if a training script saved more than the model, `module.` if the model
 * was wrapped for several devices.
 * @throws `interop/no-dlrm` if there is no such name, or several prefixes
 */
export function findPrefix(file: TensorFile): string {
  const found = new Set<string>();
  for (const name of [...file.tensors.keys(), ...file.unreadable.keys()]) {
    const prefix = FIRST.exec(name)?.groups?.['prefix'];
    if (prefix !== undefined) found.add(prefix);
  }
  const [prefix] = found;
  if (prefix !== undefined && found.size === 1) return prefix;
  throw error('no-dlrm', {
    subject: file.name,
    rule: 'must hold the weights of one DLRM: emb_l.0.weight, bot_l.0.weight, top_l.0.weight, …',
    got: found.size === 0 ? [...file.tensors.keys()].slice(0, 5) : [...found],
    hint: found.size === 0 ? undefined : 'Choose one with the option prefix.',
  });
}
