/**
 * Leases between processes of one catalogue: at most one holder of a name, ended with its connection,
 * so that a killed holder leaves nothing behind. In: a name. Out: whether it is held here.
 * @module
 */
import { createHash } from 'node:crypto';
import pg from 'pg';

export interface Lease {
  /** Takes the lease if nobody has it; true while this process holds it. Never throws. */
  take(): Promise<boolean>;
  release(): Promise<void>;
}

/** A lease by a session-level advisory lock of PostgreSQL on a connection of its own. */
export function createLease(input: { readonly databaseUrl: string; readonly name: string }): Lease {
  // Advisory locks are known by 64 bits.
  const key = createHash('sha256').update(`lease ${input.name}`).digest().readBigInt64LE(0);
  let client: pg.Client | null = null;
  let isHeld = false;

  const drop = (from: pg.Client): void => {
    if (client !== from) return;
    client = null;
    isHeld = false;
    void from.end().catch(() => undefined);
  };
  return {
    async take() {
      if (isHeld && client) return true;
      const opened = client ?? new pg.Client({ connectionString: input.databaseUrl });
      try {
        if (!client) {
          client = opened;
          opened.on('error', () => drop(opened));
          opened.on('end', () => drop(opened));
          await opened.connect();
        }
        const sql = 'select pg_try_advisory_lock($1::bigint) as held';
        const { rows } = await opened.query<{ held: boolean }>(sql, [String(key)]);
        isHeld = client === opened && rows[0]?.held === true;
      } catch {
        drop(opened);
      }
      return isHeld;
    },
    async release() {
      if (client) drop(client);
    },
  };
}
