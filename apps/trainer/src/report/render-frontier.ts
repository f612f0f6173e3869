import type { FrontierPoint, ModelPlan, PlannedTable } from '@ttrec/planner';
import { formatBytes, formatCount, formatLoss } from '../terminal/format.ts';
import { frontierFigure } from './figures/frontier-figure.ts';
import { html, type Markup } from './page/html.ts';
import { page } from './page/page.ts';

export interface FrontierPage {
  readonly title: string;
  readonly points: readonly FrontierPoint[];
  readonly plan: ModelPlan;
  readonly mlpBytes: number;
  /** Of tables and MLPs. */
  readonly weightBytes: number;
}

/** The frontier of a model, the plan on it, and why: one HTML file without script or network. */
export function renderFrontier({ title, points, plan, mlpBytes, weightBytes }: FrontierPage): string {
  return page({
    title: `${title}: bytes against expected loss`,
    header: html`<h1>${title}</h1>
      <p>
        Planned for ${formatCount(plan.budget)} bytes: tables ${formatBytes(weightBytes - mlpBytes)}, MLPs
        ${formatBytes(mlpBytes)}, expected loss ${formatLoss(plan.expectedLoss)}
      </p>`,
    main: html`<div class="plots">
        ${frontierFigure(points, { bytes: plan.bytes - plan.reservedBytes, expectedLoss: plan.expectedLoss })}
      </div>
      <h2>Tables</h2>
      <section class="card">${tablesTable(plan.tables)}</section>
      <h2>Why</h2>
      <section class="card">
        <dl class="reasons">${plan.tables.map(reasonOf)}</dl>
      </section>`,
  });
}

function reasonOf({ name, because }: PlannedTable): Markup {
  return html`<dt>${name}</dt>
    <dd>${because}</dd>`;
}

function tablesTable(tables: readonly PlannedTable[]): Markup {
  const rows = tables.map(
    (table) =>
      html`<tr>
        <th scope="row">${table.name}</th>
        <td>${formatCount(table.numEmbeddings)}</td>
        <td class="word">${table.kind}</td>
        <td>${formatBytes(table.bytes)}</td>
        <td>${formatBytes(table.denseBytes)}</td>
        <td>${formatLoss(table.loss)}</td>
      </tr>`,
  );
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Planned tables">
    <table>
      <thead>
        <tr>
          <th scope="col">table</th>
          <th scope="col">rows</th>
          <th scope="col" class="word">kind</th>
          <th scope="col">bytes</th>
          <th scope="col">dense</th>
          <th scope="col">expected loss</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
