import { button, element } from '@ttrec/page-parts/dom';
import type { Problem } from '../../protocol/problem.ts';

/** A problem in words: what could not be done, why, and what helps. */
export function problemContent(
  title: string,
  { message, hint }: Problem,
  actions: readonly HTMLElement[] = [],
): HTMLElement[] {
  return [
    element('p', { class: 'problem-title', text: title }),
    element('p', { class: 'problem-text', text: message }),
    ...(hint === undefined ? [] : [element('p', { class: 'problem-hint', text: hint })]),
    ...(actions.length === 0 ? [] : [element('div', { class: 'actions' }, actions)]),
  ];
}

/** Shows a problem in a region of its own, or hides the region. */
export function showProblem(
  region: HTMLElement,
  problem: Problem | undefined,
  {
    title,
    onDismiss,
    actions = [],
  }: {
    readonly title: string;
    readonly onDismiss?: () => void;
    readonly actions?: readonly HTMLElement[];
  },
): void {
  region.hidden = problem === undefined;
  if (!problem) {
    region.replaceChildren();
    return;
  }
  const all = onDismiss ? [...actions, button('Dismiss', onDismiss)] : actions;
  region.replaceChildren(...problemContent(title, problem, all));
}
