/**
 * What Quakeloom needs of a Temporal namespace. In: a server and the settings; out: a namespace
 * that keeps closed workflows long enough and knows the search attributes.
 * @module
 */
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { InvalidInputError } from '../../core/errors.js';

/** Types of search attributes, in the words of the Temporal CLI. */
export type SearchAttributeKind =
  'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList';

/** `temporal.api.enums.v1.IndexedValueType`, which the client package does not export. */
const INDEXED_VALUE_TYPE: Readonly<Record<SearchAttributeKind, number>> = {
  Text: 1,
  Keyword: 2,
  Int: 3,
  Double: 4,
  Bool: 5,
  Datetime: 6,
  KeywordList: 7,
};

/** Settings of a namespace. */
export interface NamespaceSettings {
  readonly namespace: string;
  /** How long closed workflows are kept, days. */
  readonly retentionDays: number;
  /** Type by name, such as `{ QuakeRegion: 'Keyword' }`. */
  readonly searchAttributes: Readonly<Record<string, SearchAttributeKind>>;
}

/** How long connecting, and then all calls together, may take, ms. */
const CONNECT_MS = 5_000;
const CALLS_MS = 10_000;

/**
 * Brings an existing namespace to the settings: sets the retention (unless `keepRetention`) and
 * adds missing search attributes. The dev server adds those of its command line only to a new
 * database file, and a workflow that uses an unknown one hangs. Rejects when the server does not
 * answer; throws InvalidInputError when an attribute exists with another type.
 */
export async function prepareNamespace(input: {
  readonly connection: ConnectionOptions;
  readonly settings: NamespaceSettings;
  /** True for a server that is not ours. */
  readonly keepRetention?: boolean;
}): Promise<void> {
  const { namespace, retentionDays, searchAttributes } = input.settings;
  const connection = await Connection.connect({ connectTimeout: CONNECT_MS, ...input.connection });
  try {
    await connection.withDeadline(Date.now() + CALLS_MS, async () => {
      const { config } = await connection.workflowService.describeNamespace({ namespace });
      const wantedS = retentionDays * 86_400;
      const retentionS = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
      if (!input.keepRetention && retentionS !== wantedS) {
        await connection.workflowService.updateNamespace({
          namespace,
          config: { workflowExecutionRetentionTtl: { seconds: wantedS as never } },
        });
      }
      const known = await connection.operatorService.listSearchAttributes({ namespace });
      const missing = missingAttributes(searchAttributes, known.customAttributes ?? {});
      if (Object.keys(missing).length > 0) {
        await connection.operatorService.addSearchAttributes({
          namespace,
          searchAttributes: missing,
        });
      }
    });
  } finally {
    await connection.close();
  }
}

function missingAttributes(
  wanted: NamespaceSettings['searchAttributes'],
  known: Readonly<Record<string, number>>,
): Record<string, number> {
  const missing: Record<string, number> = {};
  for (const [name, kind] of Object.entries(wanted)) {
    if (known[name] === undefined) missing[name] = INDEXED_VALUE_TYPE[kind];
    else if (known[name] !== INDEXED_VALUE_TYPE[kind]) {
      const word = Object.entries(INDEXED_VALUE_TYPE).find(([, value]) => value === known[name]);
      throw new InvalidInputError({
        what: `search attribute ${name}`,
        reason: `Temporal knows it as ${word?.[0] ?? 'another type'}, Quakeloom needs ${kind}`,
        remedy: `remove it: temporal operator search-attribute remove --name ${name}`,
      });
    }
  }
  return missing;
}
