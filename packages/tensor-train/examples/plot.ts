/** A line of a picture. */
export interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly { readonly bytes: number; readonly error: number }[];
}

const WIDTH = 640;
const HEIGHT = 400;
const EDGE = { left: 60, right: 20, top: 20, bottom: 48 };

/** Error (linear) against bytes (logarithmic), as an SVG document. */
export function errorAgainstBytes(curves: readonly Curve[]): string {
  const bytes = curves.flatMap((curve) => curve.points.map((point) => point.bytes));
  const [low, high] = [Math.floor(Math.log10(Math.min(...bytes))), Math.ceil(Math.log10(Math.max(...bytes)))];
  const x = (value: number) =>
    EDGE.left + ((Math.log10(value) - low) / (high - low)) * (WIDTH - EDGE.left - EDGE.right);
  const y = (error: number) => EDGE.top + (1 - error) * (HEIGHT - EDGE.top - EDGE.bottom);
  const decades = Array.from({ length: high - low + 1 }, (_, at) => 10 ** (low + at));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    ...decades.map((decade) => axis(x(decade), x(decade), label(decade))),
    ...[0, 0.25, 0.5, 0.75, 1].map((error) => rule(y(error), String(error))),
    `<text x="${WIDTH / 2}" y="${HEIGHT - 8}" text-anchor="middle">bytes of the tensor train (float32)</text>`,
    `<text x="16" y="${HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 16 ${HEIGHT / 2})">relative error</text>`,
    ...curves.flatMap((curve, at) => drawn(curve, at, { x, y })),
    '</svg>',
    '',
  ].join('\n');
}

function drawn({ name, colour, points }: Curve, at: number, scale: { x: Scale; y: Scale }): string[] {
  const places = points.map(
    ({ bytes, error }) => [scale.x(bytes).toFixed(1), scale.y(error).toFixed(1)] as const,
  );
  const [legendX, legendY] = [EDGE.left + 16, HEIGHT - EDGE.bottom - 60 + 18 * at];
  return [
    `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.map((place) => place.join(',')).join(' ')}"/>`,
    ...places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${colour}"/>`),
    `<circle cx="${legendX}" cy="${legendY - 4}" r="4" fill="${colour}"/>`,
    `<text x="${legendX + 10}" y="${legendY}">${name}</text>`,
  ];
}

type Scale = (value: number) => number;

function axis(from: number, to: number, text: string): string {
  const [top, bottom] = [EDGE.top, HEIGHT - EDGE.bottom];
  return (
    `<line x1="${from.toFixed(1)}" y1="${top}" x2="${to.toFixed(1)}" y2="${bottom}" stroke="#ddd"/>` +
    `<text x="${from.toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${text}</text>`
  );
}

function rule(at: number, text: string): string {
  return (
    `<line x1="${EDGE.left}" y1="${at.toFixed(1)}" x2="${WIDTH - EDGE.right}" y2="${at.toFixed(1)}" stroke="#ddd"/>` +
    `<text x="${EDGE.left - 6}" y="${(at + 4).toFixed(1)}" text-anchor="end">${text}</text>`
  );
}

function label(bytes: number): string {
  const [amount, unit] = bytes >= 1e6 ? [bytes / 1e6, 'MB'] : [bytes / 1e3, 'kB'];
  return `${amount} ${unit}`;
}
