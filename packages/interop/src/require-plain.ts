import type { DlrmConfig } from '@ttrec/dlrm';
import { error } from './error.ts';

/** Refuses models with parts that a format has no form for. @throws `interop/unsupported-model` */
export function requirePlain({ wide, interaction }: DlrmConfig, format: string): void {
  const part = wide ? 'a wide term' : interaction.kind;
  if (part === 'dot' || part === 'cat') return;
  throw error('unsupported-model', {
    subject: 'model',
    rule: `${format} takes dot and cat interactions, without a wide term`,
    got: part,
  });
}
