/**
 * Maps of shaking as files: Arrow IPC (a row a cell), GeoJSON (a polygon a cell) and Cloud Optimized
 * GeoTIFFs (a layer each). Peaks are written as gal and cm/s, their standard deviations as log10. Pure.
 * @module
 */
import {
  Field,
  Float64,
  RecordBatch,
  Schema,
  Struct,
  Table,
  makeData,
  tableToIPC,
} from 'apache-arrow';
import { cellCentre, SHAKING_LAYERS, type ShakingMap } from '../../core/shaking.js';
import { encodeGeoTiff } from './geotiff.js';

/** What a map says about itself: provenance in every file. */
export type ShakingMetadata = Readonly<Record<string, string | number | boolean>>;

export interface ShakingExport {
  readonly map: ShakingMap;
  readonly metadata: ShakingMetadata;
}

/** One file of a map. */
export interface ShakingFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** All files of a map: shaking.arrow, shaking.geojson and two GeoTIFFs a measure. */
export function shakingFiles(input: ShakingExport): ShakingFile[] {
  const columns = columnsOf(input.map);
  const text = (json: string): Uint8Array => new TextEncoder().encode(json);
  return [
    { name: 'shaking.arrow', bytes: encodeShakingArrow(input) },
    { name: 'shaking.geojson', bytes: text(encodeShakingGeoJson(input)) },
    ...Object.entries(columns)
      .filter(([name]) => name !== 'longitude' && name !== 'latitude')
      .map(([name, values]) => ({
        name: `${name}.tif`,
        bytes: encodeGeoTiff({
          rows: input.map.rows,
          columns: input.map.columns,
          values: Float32Array.from(values),
          transform: [
            input.map.west,
            input.map.cellDeg.longitude,
            0,
            input.map.north,
            0,
            -input.map.cellDeg.latitude,
          ],
          crs: 'EPSG:4326',
          description: name,
          metadata: input.metadata,
        }),
      })),
  ];
}

/** Arrow IPC file: longitude, latitude, mmi, mmi_sigma, pga_gal, pga_sigma_log10, pgv_cm_s, pgv_sigma_log10. */
export function encodeShakingArrow({ map, metadata }: ShakingExport): Uint8Array {
  const columns = columnsOf(map);
  const fields = Object.keys(columns).map((name) => new Field(name, new Float64(), false));
  const schema = new Schema(
    fields,
    new Map([
      ['quakeloom.kind', 'shaking'],
      ['quakeloom.version', '1'],
      ['quakeloom.metadata', JSON.stringify(metadata)],
    ]),
  );
  const data = makeData({
    type: new Struct(fields),
    length: map.rows * map.columns,
    nullCount: 0,
    children: Object.values(columns).map((values) =>
      makeData({ type: new Float64(), data: values }),
    ),
  });
  return tableToIPC(new Table(schema, [new RecordBatch(schema, data)]), 'file');
}

/** A FeatureCollection with a polygon a cell; numbers rounded to what they are worth. */
export function encodeShakingGeoJson({ map, metadata }: ShakingExport): string {
  const { mmi, pga, pgv } = map.layers;
  const halfLon = map.cellDeg.longitude / 2;
  const halfLat = map.cellDeg.latitude / 2;
  const corner = (longitude: number, latitude: number): readonly [number, number] => [
    Number(longitude.toFixed(5)),
    Number(latitude.toFixed(5)),
  ];
  const features = Array.from({ length: map.rows * map.columns }, (_, i) => {
    const { longitude, latitude } = cellCentre(map, i);
    const [west, east] = [longitude - halfLon, longitude + halfLon];
    const [south, north] = [latitude - halfLat, latitude + halfLat];
    const ring = [
      corner(west, south),
      corner(east, south),
      corner(east, north),
      corner(west, north),
      corner(west, south),
    ];
    const at = (values: Float64Array): number => values[i] as number;
    return {
      type: 'Feature',
      properties: {
        mmi: Number(at(mmi.median).toFixed(2)),
        mmiSigma: Number(at(mmi.sigma).toFixed(3)),
        pgaGal: Number((10 ** at(pga.median)).toPrecision(4)),
        pgaSigmaLog10: Number(at(pga.sigma).toFixed(4)),
        pgvCmS: Number((10 ** at(pgv.median)).toPrecision(4)),
        pgvSigmaLog10: Number(at(pgv.sigma).toFixed(4)),
      },
      geometry: { type: 'Polygon', coordinates: [ring] },
    };
  });
  return JSON.stringify({ type: 'FeatureCollection', metadata, features });
}

function columnsOf(map: ShakingMap): Record<string, Float64Array> {
  const count = map.rows * map.columns;
  const centres = Array.from({ length: count }, (_, i) => cellCentre(map, i));
  const [mmi, pga, pgv] = SHAKING_LAYERS.map((name) => map.layers[name]) as [
    ShakingMap['layers']['mmi'],
    ShakingMap['layers']['pga'],
    ShakingMap['layers']['pgv'],
  ];
  return {
    longitude: Float64Array.from(centres, ({ longitude }) => longitude),
    latitude: Float64Array.from(centres, ({ latitude }) => latitude),
    mmi: mmi.median,
    mmi_sigma: mmi.sigma,
    pga_gal: pga.median.map((value) => 10 ** value),
    pga_sigma_log10: pga.sigma,
    pgv_cm_s: pgv.median.map((value) => 10 ** value),
    pgv_sigma_log10: pgv.sigma,
  };
}
