import type { ArmResult, ComparisonResults } from '@ttrec/training/compare';
import { formatMetric } from '../../terminal/format.ts';
import { foldedTable } from '../page/folded-table.ts';
import { html, type Markup, nothing } from '../page/html.ts';

/** AUC by decile of the frequency of ids: where an arm gains and loses. */
export function decilesTable({ arms }: ComparisonResults): Markup {
  const known = arms.filter(({ decileAucs }) => decileAucs.some((auc) => auc !== null));
  if (known.length === 0) return nothing;
  return foldedTable({
    summary: 'AUC by decile of test rows, from those with the rarest ids to those with the most frequent',
    label: 'AUC by decile',
    head: html`<tr>
      <th scope="col">arm</th>
      <th scope="col">budget</th>
      ${Array.from({ length: 10 }, (_, decile) => html`<th scope="col">${decile + 1}</th>`)}
    </tr>`,
    rows: known.map(row),
  });
}

function row({ arm, budget, decileAucs }: ArmResult): Markup {
  return html`<tr>
    <th scope="row">${arm}</th>
    <td>${budget}</td>
    ${decileAucs.map((auc) => html`<td>${formatMetric(auc)}</td>`)}
  </tr>`;
}
