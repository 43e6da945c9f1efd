/** Charts of a report as SVG: the network of pairs, loop closures, time series. @module */
import { escapeHtml } from './escape.js';
import { shareColour } from './pictures.js';
import type { StackQc } from './qc-file.js';
import type { PixelSeries } from './series.js';

const [WIDTH, LEFT, RIGHT] = [900, 60, 45];

function timeScale(dates: readonly string[]): (date: string) => number {
  const times = dates.map((date) => Date.parse(date));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  return (date) =>
    LEFT + ((Date.parse(date) - first) / Math.max(1, last - first)) * (WIDTH - LEFT - RIGHT);
}

function dateAxis(dates: readonly string[], y: number): string {
  const at = timeScale(dates);
  let last = -Infinity;
  return dates
    .map((date) => {
      const x = at(date);
      const tick = `<line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${y}" y2="${y + 4}" stroke="#777"/>`;
      // Labels that would run into each other are left out.
      if (x - last < 80) return tick;
      last = x;
      return `${tick}<text x="${x.toFixed(1)}" y="${y + 18}" text-anchor="middle">${date}</text>`;
    })
    .join('');
}

/** Epochs on a line, pairs as arcs coloured by mean coherence, rejected ones dashed red below it. */
export function networkChart(qc: StackQc): string {
  const dates = [...new Set(qc.pairs.flatMap((p) => [p.firstDate, p.secondDate]))].sort();
  const at = timeScale(dates);
  const longest = Math.max(...qc.pairs.map((p) => at(p.secondDate) - at(p.firstDate)), 1);
  const below = qc.pairs.some(({ used }) => !used) ? 130 : 20;
  const base = 170;
  const arcs = qc.pairs.map((pair) => {
    const [a, b] = [at(pair.firstDate), at(pair.secondDate)];
    const height = 20 + (130 * (b - a)) / longest;
    const top = pair.used ? base - 2 * height + 20 : base + 1.6 * height;
    const colour = pair.used
      ? pair.meanCoherence === null
        ? '#456'
        : shareColour(pair.meanCoherence)
      : '#d32f2f';
    const dash = pair.used ? '' : ' stroke-dasharray="5 4"';
    const title = `${pair.sceneId}: coherence ${pair.meanCoherence?.toFixed(2) ?? 'unknown'}, best loop ${pair.bestLoopRmsRad?.toFixed(2) ?? 'none'} rad${pair.used ? '' : `; ${pair.reason}`}`;
    return `<path d="M${a.toFixed(1)} ${base}Q${((a + b) / 2).toFixed(1)} ${top.toFixed(1)} ${b.toFixed(1)} ${base}" fill="none" stroke="${colour}" stroke-width="2"${dash}><title>${escapeHtml(title)}</title></path>`;
  });
  const points = dates.map(
    (date) =>
      `<circle cx="${at(date).toFixed(1)}" cy="${base}" r="4"><title>${date}</title></circle>`,
  );
  const height = base + below + 30;
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="network of pairs">${arcs.join('')}${points.join('')}${dateAxis(dates, base + below)}</svg>`;
}

/** One bar a pair: the best loop that it closes, against the limit. */
export function loopChart(qc: StackQc): string {
  const limit = qc.thresholds.maxLoopRmsRad;
  const values = qc.pairs.map(({ bestLoopRmsRad }) => bestLoopRmsRad);
  const most = Math.max(limit * 1.1, ...values.map((v) => v ?? 0));
  const [height, base] = [190, 160];
  const step = (WIDTH - LEFT - RIGHT) / qc.pairs.length;
  const y = (value: number): number => base - (value / most) * (base - 10);
  const bars = qc.pairs.map((pair, i) => {
    const value = pair.bestLoopRmsRad;
    if (value === null) return '';
    const x = LEFT + i * step;
    const colour = value > limit ? '#d32f2f' : '#2a788e';
    return `<rect x="${x.toFixed(1)}" y="${y(value).toFixed(1)}" width="${Math.max(1, step - 1).toFixed(1)}" height="${(base - y(value)).toFixed(1)}" fill="${colour}"><title>${escapeHtml(pair.sceneId)}: ${value.toFixed(3)} rad</title></rect>`;
  });
  const line = `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(limit).toFixed(1)}" y2="${y(limit).toFixed(1)}" stroke="#d32f2f" stroke-dasharray="6 4"/><text x="${WIDTH - RIGHT}" y="${(y(limit) - 5).toFixed(1)}" text-anchor="end">maxLoopRmsRad ${limit}</text>`;
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="loop closures">${axis(0, most, y, 'rad')}${bars.join('')}${line}<text x="${LEFT}" y="${base + 18}">pairs in order of the stack; those without a loop have no bar</text></svg>`;
}

/** Displacement of a few pixels with the line of their velocity. */
export function seriesChart(qc: StackQc, series: readonly PixelSeries[]): string {
  const all = series.flatMap(({ values }) => values).filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const [height, base] = [340, 250];
  const y = (value: number): number =>
    base - ((value - low) / Math.max(1e-9, high - low)) * (base - 20);
  const at = timeScale(qc.epochs);
  const colours = ['#2166ac', '#555', '#b2182b'];
  const lines = series.map(({ label, values, row, column, velocity }, k) => {
    const colour = colours[k] ?? '#000';
    const points = values.map((v, i) => [at(qc.epochs[i] as string), y(v)] as const);
    const path = points.map(([x, v]) => `${x.toFixed(1)},${v.toFixed(1)}`).join(' ');
    const dots = points
      .map(
        ([x, v]) => `<circle cx="${x.toFixed(1)}" cy="${v.toFixed(1)}" r="3.5" fill="${colour}"/>`,
      )
      .join('');
    return `<polyline points="${path}" fill="none" stroke="${colour}" opacity="0.6"/>${dots}<text x="${LEFT + 8}" y="${base + 44 + 16 * k}" fill="${colour}">${label}: row ${row}, column ${column}, ${velocity.toFixed(1)} mm/yr</text>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="time series">${axis(low, high, y, 'mm')}${lines.join('')}${dateAxis(qc.epochs, base)}</svg>`;
}

function axis(low: number, high: number, y: (value: number) => number, units: string): string {
  const step = niceStep((high - low) / 5);
  const ticks: string[] = [];
  for (let value = Math.ceil(low / step) * step; value <= high + 1e-9; value += step) {
    const at = y(value).toFixed(1);
    ticks.push(
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" stroke="#8884"/><text x="${LEFT - 6}" y="${at}" dy="4" text-anchor="end">${Number(value.toPrecision(6))}</text>`,
    );
  }
  return `${ticks.join('')}<text x="4" y="14">${units}</text>`;
}

function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(raw, 1e-9)));
  return power * ([1, 2, 5, 10].find((k) => k * power >= raw) ?? 10);
}
