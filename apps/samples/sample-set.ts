/** The shape of a sample data set in the registry. @module */

/** One file of a set, pinned. */
export interface SampleFile {
  /** Below the folder of the set, with `/`. */
  readonly path: string;
  /** Size and SHA-256 of the content; of the unpacked content where `gzip` is true. */
  readonly bytes: number;
  readonly sha256: string;
  /** Kept gzip-compressed on disk; `urls` serve it plain. */
  readonly gzip?: boolean | undefined;
  /** Place in the mirror when it is not `<mirror>/<path>`. */
  readonly mirrorPath?: string | undefined;
  /** Public addresses of the same bytes, tried in order. */
  readonly urls?: readonly string[] | undefined;
  /** Name inside the package archive. */
  readonly member?: string | undefined;
}

/** A distribution on the Python package index, used as a container of data only. */
export interface SamplePackage {
  /** Exact version, for example `gmprocess==2.8.0`. */
  readonly requirement: string;
  readonly kind: 'wheel' | 'source';
  /** SHA-256 of the archive; another file is refused. */
  readonly sha256: string;
  readonly bytes: number;
}

/** A file made from a package member, where the member itself is no format of the connectors. */
export interface SampleConversion {
  readonly kind: 'daspy-example';
  readonly member: string;
  readonly memberSha256: string;
}

export interface SampleSet {
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  readonly citation: string;
  /** Folder, or file for `isSingleFile`, relative to the mirror (QUAKELOOM_DATA). */
  readonly mirror: string;
  /** The set is its one file, and resolves to it. */
  readonly isSingleFile: boolean;
  readonly files: readonly SampleFile[];
  readonly package?: SamplePackage;
  readonly conversion?: SampleConversion;
}
