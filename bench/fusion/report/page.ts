/** One page of all parts: results in, HTML out. What was not measured says so. @module */
import { escapeXml } from './charts.js';
import { SECTIONS } from './sections.js';

/** A part's result file. */
export interface PartResult {
  readonly part: string;
  readonly node: string;
  readonly loadAverage: readonly number[];
  readonly figures: unknown;
}

export function reportPage(input: {
  readonly results: readonly PartResult[];
  readonly generatedAt: string;
  readonly codeVersion: string;
}): string {
  const byPart = new Map(input.results.map((result) => [result.part, result]));
  const sections = SECTIONS.map(({ part, title, render }) => {
    const result = byPart.get(part);
    const command = `node --import tsx bench/fusion/${part === 'worlds' ? 'worlds/run.ts' : part === 'woven' ? 'woven/run.ts' : `run.ts ${part}`}`;
    const head = `<h2>${escapeXml(title)}</h2><p><code>${escapeXml(command)}</code></p>`;
    if (!result) return `<section>${head}<p class="none">not measured</p></section>`;
    const [start, end] = result.loadAverage;
    const load =
      start === undefined
        ? ''
        : `<p class="load">machine load at start and end: ${start}, ${end ?? start}; compare CPU seconds, not wall time</p>`;
    return `<section>${head}${load}${render(result.figures)}</section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Quakeloom: benchmark of the fused posterior</title>
<style>
body{font:15px/1.45 system-ui,sans-serif;max-width:66rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:.5rem 0}td,th{border:1px solid #ccc;padding:.2rem .5rem;text-align:right}
th:first-child,td:first-child{text-align:left}code{background:#f2f2f2;padding:.1rem .3rem}
.none{color:#a33;font-weight:600}.load{color:#666;font-size:.85rem}.no{color:#a33}.yes{color:#376b1f}
svg{margin:.3rem;background:#fff}
</style></head><body>
<h1>Benchmark of the fused posterior</h1>
<p>${escapeXml(input.generatedAt)}, code ${escapeXml(input.codeVersion)}. Every figure comes from a result file
that its command wrote; peers run on the same machine in the same run as ours.</p>
${sections.join('\n')}
</body></html>
`;
}
