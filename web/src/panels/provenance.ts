/** Where an origin came from: all that a replay needs. @module */
import { definitions, make } from '../dom.js';
import { plainNumber, sizeText, time } from '../format.js';
import type { Provenance } from '../types.js';

export function provenanceList(provenance: Provenance, temporalUiUrl: string | null): HTMLElement {
  const { window, inputs, evidence, posterior, parameters, workflowId } = provenance;
  const artifacts = [...inputs, ...(evidence ? [evidence] : []), posterior];
  const settings = Object.entries(parameters).map(
    ([name, value]) => `${name} = ${typeof value === 'number' ? plainNumber(value) : value}`,
  );
  return make(
    'div',
    {},
    definitions([
      ['Window', `${time(window.start, 0)} to ${time(window.end, 0)}`],
      ['Workflow', workflowLink(workflowId, temporalUiUrl)],
      ['Code', provenance.codeVersion],
      ['Backend', provenance.backend],
      ['Seed', String(provenance.seed)],
      ['Parameters', settings.join(', ') || 'defaults'],
    ]),
    make('h4', {}, 'Artifacts'),
    make(
      'ul',
      { class: 'artifacts' },
      ...artifacts.map(({ kind, key, sha256, bytes }) =>
        make(
          'li',
          {},
          make('span', { class: 'quiet' }, `${kind}, ${sizeText(bytes)}`),
          make('code', { title: key }, key),
          make('code', { class: 'quiet', title: sha256 }, `sha256 ${sha256.slice(0, 16)}…`),
        ),
      ),
    ),
  );
}

/** Link into the Temporal Web UI; the bare id when its address is not known. */
function workflowLink(workflowId: string, temporalUiUrl: string | null): HTMLElement {
  // The address comes from the server's configuration; only web addresses become links.
  if (!temporalUiUrl || !/^https?:\/\//.test(temporalUiUrl)) return make('code', {}, workflowId);
  const base = temporalUiUrl.replace(/\/+$/, '');
  const href = `${base}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`;
  return make('a', { href, rel: 'noreferrer' }, workflowId);
}
