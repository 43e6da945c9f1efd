export function ensurePeers(options?: { python?: string; log?: (line: string) => void }): string;
