/** Import rules: data flows one way, each room knows only its neighbours. */
const stage = '^(connectors|tensors|models|catalogue|objectstore)/';
const only = (name, to, from) => ({
  name,
  severity: 'error',
  from: { pathNot: from },
  to: { path: to },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-knows-core',
      severity: 'error',
      from: { path: '^core/' },
      to: {
        path: '^(connectors|tensors|models|catalogue|objectstore|activities|workflows|apps|web|test|bench)/',
      },
    },
    {
      name: 'stages-do-not-know-each-other',
      comment: 'they meet through core types and ArtifactRef; a model may import tensors',
      severity: 'error',
      from: { path: stage },
      to: { path: stage, pathNot: ['^$1/', '^tensors/'] },
    },
    {
      name: 'only-models-import-tensors',
      severity: 'error',
      from: { path: '^(connectors|catalogue|objectstore)/' },
      to: { path: '^tensors/' },
    },
    {
      name: 'stages-below-activities',
      severity: 'error',
      from: { path: `(${stage}|^activities/)` },
      to: { path: '^(workflows|apps|web|test|bench)/' },
    },
    {
      name: 'stages-below-activities-2',
      severity: 'error',
      from: { path: stage },
      to: { path: '^activities/' },
    },
    {
      name: 'workflows-import-only-types-of-activities',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'workflows-import-core',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^(connectors|tensors|models|catalogue|objectstore|apps|web|core/tables)/' },
    },
    {
      name: 'web-imports-types-of-the-api',
      severity: 'error',
      from: { path: '^web/' },
      to: {
        path: '^(connectors|tensors|models|catalogue|objectstore|activities|workflows|apps)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    only('tfjs-in-models', 'node_modules/@tensorflow/', '^(models|test|bench)/'),
    only(
      'geotiff-in-connectors',
      'node_modules/geotiff/',
      '^(connectors|catalogue/export|test|bench)/',
    ),
    only(
      'h5wasm-in-connectors',
      'node_modules/h5wasm/',
      '^(connectors|apps/simulator|apps/samples|test|bench)/',
    ),
    only('mqtt-in-gateway', 'node_modules/(mqtt|aedes)/', '^(connectors/phones|apps|test|bench)/'),
    only('sql-in-catalogue', 'node_modules/(kysely|pg)/', '^(catalogue|apps/embedded|test)/'),
    only(
      'temporal-in-its-rooms',
      'node_modules/@temporalio/',
      '^(workflows|activities|apps|test|bench)/',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node_modules|web/dist|\\.quakeloom)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs'] },
  },
};
