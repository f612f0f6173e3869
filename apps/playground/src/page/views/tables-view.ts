import { element } from '@ttrec/page-parts/dom';
import { formatBytes, formatCount, formatRatio } from '../../format.ts';
import type { TableRow } from '@ttrec/training/records';

/** Bytes of each table beside those of its dense form, as bars on a logarithmic scale. */
export function tablesContent(tables: readonly TableRow[]): HTMLElement[] {
  const most = Math.max(...tables.map(({ denseBytes }) => denseBytes));
  const least = Math.min(...tables.map(({ bytes }) => bytes));
  const width = (bytes: number) => {
    const span = Math.log(most / (least / 2));
    return `${span === 0 ? 100 : (100 * Math.log(bytes / (least / 2))) / span}`;
  };
  const head = element('thead', {}, [
    element(
      'tr',
      {},
      ['Table', 'Rows', 'Stored as', 'Bytes', 'Smaller'].map((text, at) =>
        element('th', {
          text,
          class: at % 2 === 1 || at === 4 ? 'number' : '',
          attributes: { scope: 'col' },
        }),
      ),
    ),
  ]);
  const rows = tables.map(({ name, numEmbeddings, kind, bytes, denseBytes }) => {
    const bar = element('meter', {
      attributes: { min: '0', max: '100', value: width(bytes), 'aria-hidden': 'true' },
    });
    return element('tr', {}, [
      element('th', { text: name, attributes: { scope: 'row' } }),
      element('td', { class: 'number', text: formatCount(numEmbeddings) }),
      element('td', { class: 'kinds', text: kind }),
      element('td', { class: 'number bytes' }, [formatBytes(bytes), bar]),
      element('td', { class: 'number', text: bytes === denseBytes ? '–' : formatRatio(denseBytes / bytes) }),
    ]);
  });
  return [
    element(
      'div',
      { class: 'scroll', attributes: { tabindex: '0', role: 'region', 'aria-label': 'Tables' } },
      [element('table', {}, [head, element('tbody', {}, rows)])],
    ),
    element('p', { class: 'help', text: 'Bytes of float32 weights; bars on a logarithmic scale.' }),
  ];
}
