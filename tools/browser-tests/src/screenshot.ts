import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

/** Pixels of a cell, which is compared by its mean colour: edges of letters and half pixels do not count. */
const CELL = 8;
/** A cell differs if red, green or blue of its mean does by more than this, of 255: an edge that is 2 pixels elsewhere does not. */
const CELL_TOLERANCE = 48;
/** The share of cells that may differ: two lines of text on a phone, less than the border of a card that moved. */
const SHARE_TOLERANCE = 0.015;

interface Cells {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of each cell, row by row. */
  readonly values: readonly number[];
}

/** The same letters on every machine: its own fonts have other widths. Needs a page whose policy is bypassed. */
export async function useTestFont(page: Page): Promise<void> {
  const file = fileURLToPath(
    import.meta.resolve('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2'),
  );
  const url = `data:font/woff2;base64,${readFileSync(file).toString('base64')}`;
  const content = `@font-face { font-family: 'Test'; font-weight: 100 900; src: url(${url}); }
    :root, * { font-family: 'Test' !important; }`;
  await page.addStyleTag({ content });
  await page.evaluate(async () => {
    await Promise.all([document.fonts.load('400 16px Test'), document.fonts.load('650 16px Test')]);
  });
}

/**
 * Compares what a page shows in its viewport with a reference, as means of 8 by 8 pixels. With TTREC_UPDATE_SCREENSHOTS set it
 * writes the reference instead. Leaves the whole picture in `shot`, to be looked at.
 *
 * @returns the share of cells that differ
 * @throws if more differ than may, if the sizes differ, or if there is no reference
 */
export async function compareScreenshot(page: Page, reference: string, shot: string): Promise<number> {
  const png = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  mkdirSync(dirname(shot), { recursive: true });
  writeFileSync(shot, png);
  const helper = await page.context().browser()!.newPage();
  try {
    const now = await helper.evaluate(cellsOf, { png: png.toString('base64'), cell: CELL });
    if (process.env['TTREC_UPDATE_SCREENSHOTS'] !== undefined) {
      mkdirSync(dirname(reference), { recursive: true });
      writeFileSync(reference, Buffer.from(await helper.evaluate(pngOf, now), 'base64'));
      return 0;
    }
    if (!existsSync(reference)) throw new Error(`there is no ${reference}: set TTREC_UPDATE_SCREENSHOTS=1`);
    const then = await helper.evaluate(cellsOf, { png: readFileSync(reference).toString('base64'), cell: 1 });
    return shareOfDifferent(now, then, shot);
  } finally {
    await helper.close();
  }
}

function shareOfDifferent(now: Cells, then: Cells, shot: string): number {
  if (now.width !== then.width || now.height !== then.height)
    throw new Error(`${shot}: is ${now.width} x ${now.height} cells, and was ${then.width} x ${then.height}`);
  const cells = now.width * now.height;
  const different = Array.from({ length: cells }, (_, cell) => cell).filter((cell) =>
    [0, 1, 2].some(
      (part) => Math.abs(now.values[3 * cell + part]! - then.values[3 * cell + part]!) > CELL_TOLERANCE,
    ),
  );
  const share = different.length / cells;
  if (share <= SHARE_TOLERANCE) return share;
  const rows = different.map((cell) => CELL * Math.floor(cell / now.width));
  throw new Error(
    `${shot}: ${(100 * share).toFixed(1)} % of it look different, from ${Math.min(...rows)} to ${Math.max(...rows)} pixels down. ` +
      'Look at it; if it is as it should be, set TTREC_UPDATE_SCREENSHOTS=1',
  );
}

/** Runs in a page. */
async function cellsOf({ png, cell }: { png: string; cell: number }): Promise<Cells> {
  const blob = await (await fetch(`data:image/png;base64,${png}`)).blob();
  const bitmap = await createImageBitmap(blob);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const [width, height] = [Math.floor(bitmap.width / cell), Math.floor(bitmap.height / cell)];
  const sums = new Float64Array(3 * width * height);
  for (let y = 0; y < height * cell; y++) {
    for (let x = 0; x < width * cell; x++) {
      const at = 3 * (Math.floor(y / cell) * width + Math.floor(x / cell));
      for (let part = 0; part < 3; part++) sums[at + part]! += data[4 * (y * bitmap.width + x) + part]!;
    }
  }
  return { width, height, values: Array.from(sums, (sum) => Math.round(sum / cell ** 2)) };
}

/** Runs in a page. */
async function pngOf({ width, height, values }: Cells): Promise<string> {
  const canvas = new OffscreenCanvas(width, height);
  const image = new ImageData(width, height);
  for (let cell = 0; cell < width * height; cell++)
    // Of the 256 levels every eighth, which halves the file.
    image.data.set(
      [...values.slice(3 * cell, 3 * cell + 3).map((value) => 8 * Math.round(value / 8)), 255],
      4 * cell,
    );
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
