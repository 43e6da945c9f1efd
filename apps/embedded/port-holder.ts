/**
 * Who listens on a port. In: a TCP port; out: the process that holds it, where the system tells.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** `LISTEN` in the state column of /proc/net/tcp, see proc(5). */
const LISTEN = '0A';

/** "name (pid N)" of the process that listens on `port`, or "another program". */
export function describePortHolder(port: number): string {
  try {
    const holder = process.platform === 'linux' ? holderFromProc(port) : holderFromLsof(port);
    if (holder) return `${holder.command} (pid ${holder.pid})`;
  } catch {
    // Other users' processes can be hidden from us; the port is taken all the same.
  }
  return 'another program';
}

interface Holder {
  readonly pid: number;
  readonly command: string;
}

function holderFromProc(port: number): Holder | null {
  const sockets = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)),
  );
  if (sockets.size === 0) return null;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (openFiles(pid).some((file) => sockets.has(file))) {
      const command = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
      return { pid: Number(pid), command };
    }
  }
  return null;
}

function listeningInodes(table: string, port: number): string[] {
  let text = '';
  try {
    text = readFileSync(table, 'utf8');
  } catch {
    return []; // no IPv6
  }
  const rows = text.split('\n').slice(1);
  return rows.flatMap((row) => {
    const fields = row.trim().split(/\s+/);
    const localPort = Number.parseInt(fields[1]?.split(':')[1] ?? '', 16);
    return localPort === port && fields[3] === LISTEN ? [`socket:[${fields[9]}]`] : [];
  });
}

function openFiles(pid: string): string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).map((fd) => {
      try {
        return readlinkSync(`${folder}/${fd}`);
      } catch {
        return '';
      }
    });
  } catch {
    return [];
  }
}

function holderFromLsof(port: number): Holder | null {
  const text = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const pid = /^p(\d+)$/m.exec(text)?.[1];
  const command = /^c(.+)$/m.exec(text)?.[1];
  return pid && command ? { pid: Number(pid), command } : null;
}
