/**
 * In: the name of a raster and the text metadata inside it. Out: which product it belongs to, what its
 * numbers mean and which direction counts as positive. Names: LiCSAR, ASF HyP3 product guides (GAMMA,
 * ISCE burst, ISCE multi-burst), GAMMA and ROI_PAC as PyRate converts them.
 * @module
 */

export type ProductName =
  | 'LiCSAR'
  | 'GAMMA'
  | 'ROI_PAC'
  | 'HyP3 GAMMA'
  | 'HyP3 ISCE burst'
  | 'HyP3 ISCE multi-burst'
  | 'OPERA DISP-S1';

export type LayerKind =
  | 'unwrapped phase'
  | 'wrapped phase'
  | 'displacement'
  | 'vertical displacement'
  | 'coherence'
  | 'connected components'
  | 'look vector east'
  | 'look vector north'
  | 'look vector up'
  | 'look elevation angle'
  | 'look orientation angle'
  | 'incidence angle'
  | 'elevation'
  | 'amplitude'
  | 'water mask';

export interface Layer {
  readonly product: ProductName;
  readonly kind: LayerKind;
  /** Direction that counts as positive along the line of sight; null where none applies. */
  readonly sign: 'away' | 'towards' | null;
  readonly unit: 'rad' | 'm' | null;
  /** `YYYY-MM-DD`, in the order of the name; null where the name has none. */
  readonly firstDate: string | null;
  readonly secondDate: string | null;
  /** What the names of companions start with: the pair, the frame or the job. */
  readonly stem: string;
}

const HYP3_NAMES: readonly (readonly [ProductName, RegExp])[] = [
  [
    'HyP3 GAMMA',
    /^(S1[ABCD]{2}_(\d{8})T\d{6}_(\d{8})T\d{6}_(?:VV|HH)[PRO]\d{3}_INT\d{2}_G_[uw][ec][123F]_[0-9A-F]{4})_(\w+)\.tif$/,
  ],
  [
    'HyP3 ISCE burst',
    /^(S1_\d{6}_IW[123]_(\d{8})_(\d{8})_(?:VV|HH)_INT\d{2}_[0-9A-F]{4})_(\w+)\.tif$/,
  ],
  [
    'HyP3 ISCE multi-burst',
    /^(S1_\d{3}_\d{6}s1n\d{2}-\d{6}s2n\d{2}-\d{6}s3n\d{2}_IW_(\d{8})_(\d{8})_(?:VV|HH)_INT\d{2}_[0-9A-F]{4})_(\w+)\.tif$/,
  ],
];

const HYP3_LAYERS: Readonly<Record<string, LayerKind>> = {
  unw_phase: 'unwrapped phase',
  wrapped_phase: 'wrapped phase',
  los_disp: 'displacement',
  vert_disp: 'vertical displacement',
  corr: 'coherence',
  conncomp: 'connected components',
  lv_theta: 'look elevation angle',
  lv_phi: 'look orientation angle',
  inc_map: 'incidence angle',
  inc_map_ell: 'incidence angle',
  dem: 'elevation',
  amp: 'amplitude',
  water_mask: 'water mask',
};

const LICSAR_PAIR = /^((\d{8})_(\d{8}))\.geo\.(unw|cc|diff|diff_pha)\.tif$/;
const LICSAR_FRAME = /^(\w+)\.geo\.(E|N|U|hgt)\.tif$/;
const LICSAR_LAYERS: Readonly<Record<string, LayerKind>> = {
  unw: 'unwrapped phase',
  cc: 'coherence',
  diff: 'wrapped phase',
  diff_pha: 'wrapped phase',
  E: 'look vector east',
  N: 'look vector north',
  U: 'look vector up',
  hgt: 'elevation',
};
const PAIR_8 = /^(?:.*_)?((\d{8})-(\d{8}))_(?:.*_)?(unw|cc|coh)\.tif$/;
const PAIR_6 = /^(?:.*_)?((\d{6})-(\d{6}))_(?:.*_)?(unw|cc|cor)\.tif$/;
const OPERA_LOOK = /^(.*?)_?los_(east|north|up)\.tif$/;

/** What the name says; null when it is that of no known product. */
export function layerOfName(name: string): Layer | null {
  for (const [product, pattern] of HYP3_NAMES) {
    const match = pattern.exec(name);
    const kind = HYP3_LAYERS[(match?.[4] ?? '').replace(/_clip(ped)?$/, '')];
    if (match && kind) return layer(product, kind, match);
  }
  const pair = LICSAR_PAIR.exec(name);
  if (pair) return layer('LiCSAR', LICSAR_LAYERS[pair[4] as string] as LayerKind, pair);
  const frame = LICSAR_FRAME.exec(name);
  if (frame) {
    const kind = LICSAR_LAYERS[frame[2] as string] as LayerKind;
    return layer('LiCSAR', kind, [frame[0], frame[1] as string]);
  }
  const gamma = PAIR_8.exec(name);
  if (gamma) return layer('GAMMA', gamma[4] === 'unw' ? 'unwrapped phase' : 'coherence', gamma);
  const roipac = PAIR_6.exec(name);
  if (roipac)
    return layer('ROI_PAC', roipac[4] === 'unw' ? 'unwrapped phase' : 'coherence', roipac);
  const opera = OPERA_LOOK.exec(name);
  if (opera) {
    const kind = `look vector ${opera[2]}` as LayerKind;
    return layer('OPERA DISP-S1', kind, [opera[0], opera[1] as string]);
  }
  return null;
}

/** What PyRate wrote into the file's metadata; null when it wrote nothing. */
export function layerOfMetadata(
  metadata: Readonly<Record<string, string>>,
  name: string,
): Layer | null {
  const processor = metadata['INSAR_PROCESSOR'];
  const type = metadata['DATA_TYPE'] ?? '';
  if (processor === undefined && type === 'ORIGINAL_DEM') {
    return { ...layer('GAMMA', 'elevation', [name, name]), unit: 'm' };
  }
  const product = processor === 'ROIPAC' ? 'ROI_PAC' : processor === 'GAMMA' ? 'GAMMA' : null;
  if (!product) return null;
  const kind: LayerKind | null = /COH/.test(type)
    ? 'coherence'
    : metadata['DATA_UNITS'] === 'RADIANS'
      ? 'unwrapped phase'
      : null;
  if (!kind) return null;
  const dates = [metadata['FIRST_DATE'], metadata['SECOND_DATE']];
  return {
    ...layer(product, kind, [name, name]),
    firstDate: dates[0] ?? null,
    secondDate: dates[1] ?? null,
  };
}

const SIGNS: Readonly<Partial<Record<LayerKind, Pick<Layer, 'sign' | 'unit'>>>> = {
  'unwrapped phase': { sign: 'away', unit: 'rad' },
  'wrapped phase': { sign: 'away', unit: 'rad' },
  // HyP3 counts displacement the other way round than its phase.
  displacement: { sign: 'towards', unit: 'm' },
  'vertical displacement': { sign: null, unit: 'm' },
  elevation: { sign: null, unit: 'm' },
  'look elevation angle': { sign: null, unit: 'rad' },
  'look orientation angle': { sign: null, unit: 'rad' },
  'incidence angle': { sign: null, unit: 'rad' },
};

function layer(
  product: ProductName,
  kind: LayerKind,
  match: readonly (string | undefined)[],
): Layer {
  return {
    ...{ product, kind, sign: null, unit: null },
    ...SIGNS[kind],
    firstDate: isoDate(match[2]),
    secondDate: isoDate(match[3]),
    stem: match[1] ?? '',
  };
}

/** `YYYYMMDD` or `YYMMDD`, which is of 1990 to 2089, as `YYYY-MM-DD`. */
export function isoDate(digits: string | undefined): string | null {
  if (!digits || !/^\d{6}$|^\d{8}$/.test(digits)) return null;
  const full =
    digits.length === 8 ? digits : `${Number(digits.slice(0, 2)) < 90 ? 20 : 19}${digits}`;
  return `${full.slice(0, 4)}-${full.slice(4, 6)}-${full.slice(6)}`;
}
