export function takeLock(
  file: string,
  options?: { onWait?: (owner: { pid: number }) => void; signal?: AbortSignal },
): Promise<() => void>;
