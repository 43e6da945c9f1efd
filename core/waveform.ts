/**
 * Waveforms between connectors and models.
 * @module
 */

/** A gap-free run of samples of one component of one sensor, as read. */
export interface WaveformSegment {
  /** Device id, or `<fibre>/<channel index>`. */
  readonly sensorId: string;
  /** `x`, `y`, `z` for accelerometers; `strain-rate`, `strain`, `velocity` ... for fibres. */
  readonly component: string;
  /** Time of the first sample. */
  readonly startNs: bigint;
  readonly rateHz: number;
  readonly samples: Float32Array;
  /** `gal`, `microstrain/s`, `counts` ... */
  readonly units: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly elevationM: number;
  readonly positionSigmaKm: number;
  /** Along the fibre, m; null for devices. */
  readonly distanceM: number | null;
  /** Remarks such as `clock +1816.2 s repaired`; empty when none. */
  readonly quality: string;
}

/** Waveforms of one source on one clock: the in-memory form of das.arrow and phones.arrow. */
export interface AlignedWaveforms {
  /** Time of sample 0; a multiple of the sample interval since the epoch. */
  readonly startNs: bigint;
  readonly rateHz: number;
  readonly sampleCount: number;
  readonly components: readonly string[];
  readonly units: string;
  readonly sensors: readonly AlignedSensor[];
}

export interface AlignedSensor {
  readonly sensorId: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly elevationM: number;
  readonly positionSigmaKm: number;
  readonly distanceM: number | null;
  readonly quality: string;
  /** Row-major [component, time]; 0 where the mask is 0. */
  readonly samples: Float32Array;
  /** [time]; 1 where all components have data. */
  readonly mask: Uint8Array;
}

/** One InSAR scene on its own map grid, north up, row-major [y, x]. NaN = no data. */
export interface InsarScene {
  readonly sceneId: string;
  /** Acquisition dates, `YYYY-MM-DD`; first < second. */
  readonly firstDate: string;
  readonly secondDate: string;
  readonly rows: number;
  readonly columns: number;
  /** GDAL order: x0, dx, 0, y0, 0, -dy of the upper-left corner, in the units of the CRS. */
  readonly transform: readonly [number, number, number, number, number, number];
  /** For example `EPSG:4326`. */
  readonly crs: string;
  /** Line-of-sight displacement, m, + towards the satellite. */
  readonly losM: Float32Array;
  /** 0 to 1; NaN when the product has none. */
  readonly coherence: Float32Array;
  /** Unit vectors ground to satellite, [3, y, x] as east, north, up. */
  readonly unitVectors: Float32Array;
  readonly wavelengthM: number;
  /** How sign, geometry and nodata were decided, for a person. */
  readonly notes: readonly string[];
}

/** One report, as a connector hands it on. No text, no author: time, place, intensity, counts. */
export interface ReportItem {
  /** `uptime`: `felt` seconds of the minute from `timeNs` on in which posts would have been heard. */
  readonly kind: 'post' | 'felt-cell' | 'uptime';
  readonly sourceId: string;
  /** Null for products that carry no time of their own. */
  readonly timeNs: bigint | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** Half diagonal of cell or place, km. */
  readonly radiusKm: number | null;
  readonly intensity: number | null;
  readonly felt: number;
  readonly notFelt: number;
}
