/** Options of commands that read from servers, and the policy they make. @module */
import type { Command } from 'commander';
import type { RemotePolicy } from '../../../../connectors/insar/remote/http-source.js';

export interface RemoteOptions {
  readonly allowHost?: readonly string[];
  readonly s3Region?: string;
  readonly s3Endpoint?: string;
}

export function addRemoteOptions(command: Command): Command {
  return command
    .option('--allow-host <host...>', 'servers that an https or s3 address may name')
    .option('--s3-region <name>', 'of s3:// addresses; else AWS_REGION, else us-west-2')
    .option(
      '--s3-endpoint <address>',
      'of a server like S3; else AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL',
    );
}

/** Hosts as named; credentials, region and endpoint of S3 from the usual AWS variables where not given. */
export function remotePolicy(
  options: RemoteOptions,
  env: Readonly<Record<string, string | undefined>> = process.env,
): RemotePolicy {
  const region = options.s3Region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  const endpoint = options.s3Endpoint ?? env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  const [id, secret] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']];
  const token = env['AWS_SESSION_TOKEN'];
  return {
    allowedHosts: options.allowHost ?? [],
    s3: {
      ...(region ? { region } : {}),
      ...(endpoint ? { endpoint } : {}),
      ...(id && secret
        ? {
            credentials: {
              ...{ accessKeyId: id, secretAccessKey: secret },
              ...(token ? { sessionToken: token } : {}),
            },
          }
        : {}),
    },
  };
}
