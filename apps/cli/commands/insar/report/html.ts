/** The quality report of a stack as one HTML page without outside resources. @module */
import { loopChart, networkChart, seriesChart } from './charts.js';
import { escapeHtml } from './escape.js';
import { CLASS_COLOURS, css, picture, type PictureKind } from './pictures.js';
import type { StackQc } from './qc-file.js';
import type { PixelSeries } from './series.js';
import { thresholdRows } from './thresholds.js';

/** A grid to show. */
export interface ReportMap {
  readonly name: string;
  readonly title: string;
  readonly units: string;
  readonly kind: PictureKind;
  readonly values: Float32Array;
}

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:24px auto;padding:0 16px;color:#1b1f24;background:#fff}
h1{font-size:24px}h2{font-size:18px;margin-top:32px;border-bottom:1px solid #d0d7de}
table{border-collapse:collapse;width:100%;font-size:13px}td,th{padding:4px 8px;border-bottom:1px solid #e3e7eb;text-align:left;vertical-align:top}
.maps{display:grid;grid-template-columns:repeat(auto-fill,minmax(320px,1fr));gap:20px}
figure{margin:0}figcaption{font-weight:600}img{width:100%;image-rendering:pixelated;background:repeating-conic-gradient(#eee 0 25%,#fff 0 50%) 0 0/16px 16px;border:1px solid #d0d7de}
.bar{height:10px;margin-top:4px}.ends{display:flex;justify-content:space-between;font-size:12px}
svg{width:100%;height:auto;font:12px system-ui,sans-serif}.bad{color:#b71c1c;font-weight:600}.key{display:inline-block;width:12px;height:12px;margin-right:4px;border:1px solid #888}
.scroll{max-height:420px;overflow:auto}`;

/** The page. All text from files is escaped. */
export function reportHtml(input: {
  readonly qc: StackQc;
  readonly maps: readonly ReportMap[];
  readonly series: readonly PixelSeries[];
}): string {
  const { qc, maps, series } = input;
  const title = `Quality of the stack ${escapeHtml(qc.folder)}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style></head><body>
<h1>${title}</h1>
${overview(qc)}
<h2>Thresholds and what each rejected</h2>
<table><thead><tr><th>threshold</th><th>value</th><th>rejected</th><th>values found</th></tr></thead><tbody>${thresholdRows(qc)}</tbody></table>
<h2>Network of ${qc.pairs.length} interferograms</h2>
<p>Arcs are pairs, coloured from dark (coherence 0) to yellow (1); dashed red below the line: not used.</p>
${networkChart(qc)}
<h2>Loops of three</h2>
${qc.loops.length > 0 ? loopChart(qc) : '<p>The network has no loops of three: nothing can contradict an unwrapping error.</p>'}
<h2>Maps</h2>
<div class="maps">${maps.map((map) => figure(qc, map)).join('')}</div>
<h2>Displacement of three pixels</h2>
${seriesChart(qc, series)}
<h2>Pairs</h2>
<div class="scroll">${pairTable(qc)}</div>
<h2>Notes</h2>
<ul>${qc.notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}${qc.skipped.map(({ file, reason }) => `<li class="bad">skipped ${escapeHtml(file)}: ${escapeHtml(reason)}</li>`).join('')}</ul>
</body></html>
`;
}

function overview(qc: StackQc): string {
  const v = qc.velocityMmPerYear;
  const total = qc.rows * qc.columns;
  const used = qc.pairs.filter((pair) => pair.used).length;
  const rows: readonly (readonly [string, string])[] = [
    ['pairs used', `${used} of ${qc.pairs.length}, weights: ${qc.weighting}`],
    ['epochs', `${qc.epochs.length}, ${qc.epochs[0]} to ${qc.epochs.at(-1)}`],
    [
      'pixels solved',
      `${qc.solvedPixels} of ${total} (${qc.reliablePixels} with temporal coherence of at least 0.7, ${qc.rankDeficientPixels} bridged by NSBAS)`,
    ],
    [
      'velocity',
      v
        ? `${v.min.toFixed(2)} to ${v.max.toFixed(2)}, mean ${v.mean.toFixed(2)} mm/yr, + towards the satellite`
        : 'none',
    ],
    ['residual', `${qc.residualRmsMm?.toFixed(3) ?? 'none'} mm rms`],
    [
      'reference',
      `row ${qc.reference.row}, column ${qc.reference.column} (${qc.reference.x.toFixed(5)}, ${qc.reference.y.toFixed(5)} in ${qc.crs}): ${qc.reference.reason}`,
    ],
  ];
  return `<table><tbody>${rows.map(([name, value]) => `<tr><th>${name}</th><td>${escapeHtml(value)}</td></tr>`).join('')}</tbody></table>`;
}

function figure(qc: StackQc, map: ReportMap): string {
  const { rows, columns } = qc;
  const drawn = picture({ rows, columns, values: map.values }, map.kind);
  const reference = map.name === 'velocity' ? marker(qc) : '';
  const label = (value: number): string => `${Number(value.toPrecision(3))} ${map.units}`;
  const scale =
    map.kind === 'classes'
      ? classKey()
      : `<div class="bar" style="background:linear-gradient(90deg,${drawn.gradient})"></div><div class="ends"><span>${label(drawn.low)}</span><span>${label(drawn.high)}</span></div>`;
  return `<figure><figcaption>${map.title}</figcaption><div style="position:relative"><img alt="${map.title}" src="${drawn.url}">${reference}</div>${scale}</figure>`;
}

function marker({ reference, rows, columns }: StackQc): string {
  const left = (100 * (reference.column + 0.5)) / columns;
  const top = (100 * (reference.row + 0.5)) / rows;
  return `<span title="reference" style="position:absolute;left:${left.toFixed(2)}%;top:${top.toFixed(2)}%;transform:translate(-50%,-50%);width:9px;height:9px;border:2px solid #000;background:#fff"></span>`;
}

function classKey(): string {
  const names = [
    'solved',
    'masked',
    'no data',
    'minPairShare',
    'minCoherence',
    'minTemporalCoherence',
  ];
  return `<div>${names.map((name, k) => `<span class="key" style="background:${css(CLASS_COLOURS[k] ?? [0, 0, 0])}"></span>${name} `).join('')}</div>`;
}

function pairTable(qc: StackQc): string {
  const figureOf = (value: number | null, digits: number): string => value?.toFixed(digits) ?? '';
  const rows = qc.pairs.map(
    (p) =>
      `<tr><td>${escapeHtml(p.sceneId)}</td><td>${figureOf(p.meanCoherence, 2)}</td><td>${(100 * p.validShare).toFixed(0)} %</td><td>${p.components} (${(100 * p.largestComponentShare).toFixed(0)} %)</td><td>${p.loops}</td><td>${figureOf(p.bestLoopRmsRad, 3)}</td><td>${p.unwrapErrorShare === null ? '' : `${(100 * p.unwrapErrorShare).toFixed(1)} %`}</td><td${p.used ? '' : ' class="bad"'}>${p.used ? 'used' : escapeHtml(p.reason)}</td></tr>`,
  );
  return `<table><thead><tr><th>pair</th><th>coherence</th><th>data</th><th>components (largest)</th><th>loops</th><th>best loop, rad</th><th>off by a cycle</th><th></th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}
