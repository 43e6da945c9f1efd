/**
 * A file in, the connector that can read it out. Each format is one line of CONNECTORS; the module
 * behind it is loaded only when a file has to be looked at.
 * @module
 */
import type { Table } from 'apache-arrow';
import type { Connector, ReadRequest, Scan, SourceFile } from '../core/connector.js';
import type { SourceKind } from '../core/evidence.js';
import { CorruptSourceError, UnsupportedSourceError } from '../core/errors.js';
import { dasConnector } from './das/das-format.js';
import { DAS_FORMATS } from './das/formats.js';

type ConnectorEntry = () => Promise<Connector>;

const CONNECTORS: readonly ConnectorEntry[] = [
  ...DAS_FORMATS.map((load) => async () => dasConnector(await load())),
  async () => (await import('./phones/openeew.js')).openEewConnector,
  async () => (await import('./phones/csmip-v1.js')).csmipV1Connector,
  async () => (await import('./stations/miniseed.js')).stationMiniseedConnector,
  async () => (await import('./insar/unwrapped-geotiff.js')).unwrappedGeotiffConnector,
  async () => (await import('./insar/products/hdf5-scene.js')).hdf5ProductConnector,
  async () => (await import('./insar/raw-scene.js')).rawGridConnector,
  async () => (await import('./reports/dyfi-geojson.js')).dyfiGeojsonConnector,
  async () => (await import('./reports/shakemap-stationlist.js')).shakemapStationlistConnector,
  async () => (await import('./reports/cdi-geo-txt.js')).cdiGeoTxtConnector,
  async () => (await import('./reports/emsc-testimonies.js')).emscTestimoniesConnector,
  async () => (await import('./reports/posts-jsonl.js')).postsJsonlConnector,
  async () => (await import('./reports/post-times-csv.js')).postTimesCsvConnector,
];

/** All connectors, or those of one kind of source, in the order in which they win a tie. */
export async function loadConnectors(input: { source?: SourceKind } = {}): Promise<Connector[]> {
  const all = await Promise.all(CONNECTORS.map((load) => load()));
  return all.filter(({ source }) => input.source === undefined || source === input.source);
}

/**
 * The connector whose probe is surest of the file. Throws CorruptSourceError for an empty file and
 * UnsupportedSourceError, naming every format tried, when all probes say 0.
 */
export async function probeConnector(input: {
  file: SourceFile;
  connectors?: readonly Connector[];
}): Promise<Connector> {
  const { file } = input;
  if (file.bytes === 0) {
    throw new CorruptSourceError({ source: file.path, at: 'byte 0', reason: 'the file is empty' });
  }
  const connectors = input.connectors ?? (await loadConnectors());
  const scores = await Promise.all(connectors.map((connector) => connector.probe(file)));
  const best = scores.reduce((top, score, i) => (score > (scores[top] ?? 0) ? i : top), 0);
  const found = connectors[best];
  if (found === undefined || !((scores[best] ?? 0) > 0)) {
    throw new UnsupportedSourceError({
      source: file.path,
      reason: `no reader recognises the content; tried ${connectors.map((c) => c.format).join(', ')}`,
      remedy: 'convert the file to one of these formats, or add a connector and its registry line',
      isRecognised: false,
    });
  }
  return found;
}

/** Header of a file by whichever connector fits. Errors of probeConnector and of `scan`. */
export async function scanSource(input: {
  file: SourceFile;
  options: ReadRequest['options'];
  connectors?: readonly Connector[];
}): Promise<Scan> {
  const connector = await probeConnector(input);
  return connector.scan(input.file, input.options);
}

/** Data of a file by whichever connector fits. Errors of probeConnector and of `read`. */
export async function readSource(input: {
  file: SourceFile;
  window: ReadRequest['window'];
  options: ReadRequest['options'];
  connectors?: readonly Connector[];
}): Promise<Table> {
  const connector = await probeConnector(input);
  return connector.read({ file: input.file, window: input.window, options: input.options });
}
