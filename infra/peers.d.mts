/** Path of the Python that has the peers; installs them on first use. Throws when it cannot. */
export function ensurePeers(input?: {
  /** Path of a requirements file; by default those of the tests. */
  requirements?: string;
  python?: string;
  log?: (line: string) => void;
}): string;
