/**
 * The M 7.2 of 2018-02-16: its accelerometer records as MQTT messages into the gateway, watched and
 * fused as they come; beside it the subsidence of Mexico City from its interferogram stack, which
 * is no evidence for that quake.
 * @module
 */
import { TASK_QUEUES } from '../../../core/task-queues.js';
import { deformStack, watchRegion } from '../../../workflows/index.js';
import { createProgressBar } from '../../cli/progress.js';
import { matchReference } from '../compare.js';
import { publishFolder } from '../publish-folder.js';
import { MEXICO } from '../regions.js';
import type { Reference, Scenario, ScenarioContext } from '../scenario.js';
import { watchSettled } from '../wait.js';

const REFERENCE: Reference = {
  source: 'Servicio Sismologico Nacional',
  originTime: '2018-02-16T23:39:39Z',
  latitude: 16.218,
  longitude: -98.013,
  depthKm: null,
  magnitude: 7.2,
  epicentreSigmaKm: 0,
};

/** Range of the velocities of the stack, mm/yr, by an independent least squares. */
const STACK_REFERENCE = { minMmPerYear: -301.918, maxMmPerYear: 7.557 };

export const MEXICO_2018: Scenario = {
  name: 'mexico-2018',
  title: 'M 7.2 on low-cost accelerometers over MQTT; subsidence of Mexico City',
  needs: ['dataset:mems-openeew-2018-02-16', 'dataset:mexico-city-2018'],
  run: async (context) => {
    const { client, catalogue, addresses } = context;
    await catalogue.putRegion(MEXICO);
    await client.workflow.start(watchRegion, {
      workflowId: `watch-${MEXICO.id}`,
      taskQueue: TASK_QUEUES.io,
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [{ regionId: MEXICO.id, cursor: 0, settleS: 10, pollS: 2 }],
      staticSummary: `watch of ${MEXICO.id}`,
    });
    const stack = stackVelocity(context);
    // Awaited below; until then a failure must not end the process.
    stack.catch(() => undefined);
    await publishFolder({
      folder: await context.resolveSource({ uri: 'dataset:mems-openeew-2018-02-16' }),
      regionId: MEXICO.id,
      addresses,
      speed: 20,
      bar: (total) =>
        createProgressBar({ title: '  MQTT messages', total, output: context.output }),
      say: context.say,
    });
    await watchSettled({ client, catalogue, regionId: MEXICO.id, timeoutS: 240 });
    const quakes = await catalogue.listEvents({
      regionId: MEXICO.id,
      from: '2018-02-16T23:30:00Z',
      to: '2018-02-16T23:50:00Z',
      limit: 50,
    });
    const others = quakes.length > 1 ? [`others     ${quakes.length - 1} more in ten minutes`] : [];
    return {
      found: matchReference(quakes, REFERENCE),
      reference: REFERENCE,
      lines: [...others, ...(await stack)],
    };
  },
};

async function stackVelocity(context: ScenarioContext): Promise<string[]> {
  const result = await context.client.workflow.execute(deformStack, {
    workflowId: 'stack-mexico-city-2018',
    taskQueue: TASK_QUEUES.io,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [
      {
        regionId: MEXICO.id,
        uri: 'dataset:mexico-city-2018',
        // As the independent solution, so that the two can be compared.
        referencePixel: { row: 9, column: 8 },
        minPairShare: 1,
      },
    ],
    staticSummary: 'subsidence of Mexico City',
  });
  const { minMmPerYear, maxMmPerYear, residualRmsMm, pairs } = result.summary;
  return [
    `velocity   ${fixed(minMmPerYear)} to ${fixed(maxMmPerYear)} mm/yr towards the satellite, ` +
      `${String(pairs)} interferograms, residual rms ${fixed(residualRmsMm)} mm`,
    `reference  ${STACK_REFERENCE.minMmPerYear} to ${STACK_REFERENCE.maxMmPerYear} mm/yr ` +
      '(independent float64 least squares on the same files)',
    `map        ${result.artifacts.map((ref) => ref.key).join(' ')}`,
  ];
}

function fixed(value: unknown): string {
  return typeof value === 'number' ? value.toFixed(3) : String(value);
}
