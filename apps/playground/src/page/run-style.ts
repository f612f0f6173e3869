import type { Kind } from '../settings/settings.ts';

const names: Readonly<Record<Kind, string>> = {
  dense: 'Dense',
  hash: 'Hashed',
  tt: 'Tensor train',
  'hash+tt': 'Hashed train',
  'hot-cold': 'Hot and cold',
  planned: 'Planned',
  compressed: 'Compressed',
};

interface WithKind {
  readonly settings: { readonly kind: Kind };
}

export function nameOf({ settings }: WithKind): string {
  return names[settings.kind];
}

/** The custom property that holds the colour of a kind. */
export function colourOf({ settings }: WithKind): string {
  return `--kind-${settings.kind.replace('+', '-')}`;
}
