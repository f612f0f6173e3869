import { byId, byIdAs, setText } from '@ttrec/page-parts/dom';
import { summarise, tableRows } from '@ttrec/training/records';
import { formatBytes, formatRatio } from '../../format.ts';
import {
  faultOf,
  kinds,
  numberFields,
  type Kind,
  type NumberField,
  type Settings,
} from '../../settings/settings.ts';
import { syntheticCardinalities } from '../../settings/synthetic.ts';
import { chooseTables, isForm, type TableSize } from '../../settings/tables.ts';
import type { PageState } from '../../state/state.ts';
import type { Store } from '../../state/store.ts';

/** Binds the form to the settings: a value that breaks its rule stays in the field, with the rule under it. */
export function mountSettings(store: Store): (state: PageState) => void {
  for (const kind of kinds) {
    radio(kind).addEventListener('change', () =>
      store.dispatch({ type: 'set-settings', settings: { kind } }),
    );
  }
  for (const field of numberFields) {
    const input = byIdAs(field, HTMLInputElement);
    input.value = String(store.state.settings[field]);
    input.addEventListener('input', () => {
      const value = input.value.trim() === '' ? NaN : Number(input.value);
      store.dispatch({ type: 'set-settings', settings: { [field]: value } });
    });
  }
  return (state) => {
    const { settings } = state;
    radio(settings.kind).checked = true;
    for (const field of numberFields) renderField(field, settings);
    for (const element of document.querySelectorAll<HTMLElement>('[data-for]')) {
      element.hidden = !element.dataset['for']!.split(' ').includes(settings.kind);
    }
    for (const kind of kinds) renderPrice(kind, state);
  };
}

function radio(kind: Kind): HTMLInputElement {
  return document.querySelector<HTMLInputElement>(`input[name="kind"][value="${kind}"]`)!;
}

function renderField(field: NumberField, settings: Settings): void {
  const input = byIdAs(field, HTMLInputElement);
  const value = settings[field];
  const typed = input.value.trim() === '' ? NaN : Number(input.value);
  if (!Object.is(typed, value)) input.value = String(value);
  const fault = faultOf(field, value);
  input.setAttribute('aria-invalid', String(fault !== undefined));
  setText(byId(`${field}-fault`), fault === undefined ? '' : `It ${fault}.`);
}

/** What a kind would cost on the chosen data, before anything is allocated. */
function renderPrice(kind: Kind, state: PageState): void {
  const target = document.querySelector<HTMLElement>(`[data-price="${kind}"]`)!;
  setText(target, priceText({ ...state.settings, kind }, tableSizes(state)));
}

function priceText(settings: Settings, sizes: readonly TableSize[]): string {
  if (numberFields.some((field) => faultOf(field, settings[field]) !== undefined)) return '';
  const { kind, embeddingDim, budget } = settings;
  const form = isForm(kind) ? kind : 'dense';
  const tables = tableRows(chooseTables(form, settings, sizes), embeddingDim, { rule: 'adagrad' });
  const { bytes, denseBytes } = summarise(tables);
  const most = isForm(kind) ? bytes : Math.min(1000 * budget, denseBytes);
  const price = isForm(kind) ? formatBytes(bytes) : `≤ ${formatBytes(most)}`;
  return most === denseBytes
    ? formatBytes(denseBytes)
    : `${price}, ${formatRatio(denseBytes / most)} smaller`;
}

function tableSizes({ data, csvData }: PageState): readonly TableSize[] {
  if (data.source === 'csv') return csvData?.tables ?? [];
  return syntheticCardinalities(data.largest).map((numEmbeddings, i) => ({
    name: `C${i + 1}`,
    numEmbeddings,
  }));
}
