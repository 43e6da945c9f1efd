/** Small charts as SVG text: numbers in, markup out. Pure. @module */

const WIDTH = 300;
const HEIGHT = 180;
const EDGE = { left: 36, right: 8, top: 18, bottom: 28 };
const COLOURS = ['#1f6f8b', '#d1603d', '#6b8f3c', '#7a5195', '#999999'] as const;

/** One line or set of points. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Points instead of a line. */
  readonly isDots?: boolean;
}

interface Axes {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly xRange: readonly [number, number];
  readonly yRange: readonly [number, number];
}

/** Lines or dots over two linear axes; `diagonal` draws y = x. */
export function lineChart(
  input: Axes & { readonly series: readonly Series[]; readonly diagonal?: boolean },
): string {
  const { at, frame } = plane(input);
  const marks = input.series.map(({ points, isDots }, i) => {
    const colour = COLOURS[i % COLOURS.length] as string;
    if (isDots) {
      return points
        .map(([x, y]) => `<circle cx="${at(x, y)[0]}" cy="${at(x, y)[1]}" r="3" fill="${colour}"/>`)
        .join('');
    }
    const path = points.map(([x, y]) => at(x, y).join(',')).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.8"/>`;
  });
  // Names stand below the curves; over a diagonal, where what is near it leaves room.
  const first = input.diagonal
    ? EDGE.top + 14
    : HEIGHT - EDGE.bottom - 6 - 12 * (input.series.length - 1);
  const names = input.series.map(
    ({ name }, i) =>
      `<text x="${EDGE.left + 6}" y="${first + 12 * i}" fill="${COLOURS[i % COLOURS.length] as string}" font-size="10">${escapeXml(name)}</text>`,
  );
  const [from, to] = [at(input.xRange[0], input.yRange[0]), at(input.xRange[1], input.yRange[1])];
  const diagonal = input.diagonal
    ? `<line x1="${from[0]}" y1="${from[1]}" x2="${to[0]}" y2="${to[1]}" stroke="#bbb" stroke-dasharray="4 3"/>`
    : '';
  return svg(frame + diagonal + marks.join('') + names.join(''));
}

/** Counts in bins, with a band that a uniform distribution would keep to. */
export function histogram(input: {
  readonly title: string;
  readonly counts: readonly number[];
  readonly band?: readonly [number, number];
}): string {
  const { counts, band } = input;
  const most = Math.max(1, ...counts, band?.[1] ?? 0) * 1.1;
  const { at, frame } = plane({
    title: input.title,
    x: 'rank',
    y: 'count',
    xRange: [0, counts.length],
    yRange: [0, most],
  });
  const bars = counts.map((count, i) => {
    const [x, y] = at(i + 0.05, count);
    const [right, bottom] = at(i + 0.95, 0);
    return `<rect x="${x}" y="${y}" width="${(right - x).toFixed(1)}" height="${(bottom - y).toFixed(1)}" fill="${COLOURS[0]}"/>`;
  });
  const shade = band
    ? `<rect x="${at(0, band[1])[0]}" y="${at(0, band[1])[1]}" width="${at(counts.length, 0)[0] - at(0, 0)[0]}" height="${at(0, band[0])[1] - at(0, band[1])[1]}" fill="#d1603d" opacity="0.25"/>`
    : '';
  return svg(frame + bars.join('') + shade);
}

/** Horizontal bars with whiskers of one standard error. */
export function bars(input: {
  readonly title: string;
  readonly rows: readonly {
    readonly name: string;
    readonly value: number;
    readonly error?: number;
  }[];
}): string {
  const most = Math.max(1e-9, ...input.rows.map(({ value, error = 0 }) => value + error));
  const least = Math.min(0, ...input.rows.map(({ value, error = 0 }) => value - error));
  const x = (v: number): number => 90 + ((v - least) / (most - least)) * (WIDTH - 110);
  const marks = input.rows.map(({ name, value, error = 0 }, i) => {
    const y = 30 + i * 26;
    const [from, to] = [x(Math.min(0, value)), x(Math.max(0, value))];
    return (
      `<text x="84" y="${y + 12}" text-anchor="end" font-size="11">${escapeXml(name)}</text>` +
      `<rect x="${from}" y="${y}" width="${to - from}" height="16" fill="${COLOURS[0]}"/>` +
      `<line x1="${x(value - error)}" x2="${x(value + error)}" y1="${y + 8}" y2="${y + 8}" stroke="#000"/>` +
      `<text x="${to + 4}" y="${y + 12}" font-size="10">${value.toPrecision(3)}</text>`
    );
  });
  return svg(`${titleOf(input.title)}${marks.join('')}`);
}

/** Text that is safe between tags and in attributes. */
export function escapeXml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}

function plane(axes: Axes): {
  at(x: number, y: number): readonly [number, number];
  readonly frame: string;
} {
  const { xRange, yRange } = axes;
  const [width, height] = [WIDTH - EDGE.left - EDGE.right, HEIGHT - EDGE.top - EDGE.bottom];
  const at = (x: number, y: number): readonly [number, number] => [
    Number((EDGE.left + ((x - xRange[0]) / (xRange[1] - xRange[0])) * width).toFixed(1)),
    Number((EDGE.top + (1 - (y - yRange[0]) / (yRange[1] - yRange[0])) * height).toFixed(1)),
  ];
  const ticks = [0, 0.5, 1].flatMap((share) => {
    const x = xRange[0] + share * (xRange[1] - xRange[0]);
    const y = yRange[0] + share * (yRange[1] - yRange[0]);
    return [
      `<text x="${at(x, 0)[0]}" y="${HEIGHT - EDGE.bottom + 12}" text-anchor="middle" font-size="9">${Number(x.toPrecision(3))}</text>`,
      `<text x="${EDGE.left - 4}" y="${at(0, y)[1] + 3}" text-anchor="end" font-size="9">${Number(y.toPrecision(3))}</text>`,
    ];
  });
  const frame =
    titleOf(axes.title) +
    `<rect x="${EDGE.left}" y="${EDGE.top}" width="${width}" height="${height}" fill="none" stroke="#888"/>` +
    ticks.join('') +
    `<text x="${EDGE.left + width / 2}" y="${HEIGHT - 4}" text-anchor="middle" font-size="10">${escapeXml(axes.x)}</text>` +
    `<text x="10" y="${EDGE.top + height / 2}" text-anchor="middle" font-size="10" transform="rotate(-90 10 ${EDGE.top + height / 2})">${escapeXml(axes.y)}</text>`;
  return { at, frame };
}

const titleOf = (title: string): string =>
  `<text x="${WIDTH / 2}" y="12" text-anchor="middle" font-size="11" font-weight="600">${escapeXml(title)}</text>`;

const svg = (content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="system-ui, sans-serif">${content}</svg>`;
