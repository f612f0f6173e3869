/** `bottom.1.weight` is PyTorch's `bot_l.2.weight`: its list counts the activations between the layers too. */
export function torchMlpName(part: 'bottom' | 'top', layer: number, what: string): string {
  return `${part === 'bottom' ? 'bot_l' : 'top_l'}.${2 * layer}.${what}`;
}
