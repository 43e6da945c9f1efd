#!/usr/bin/env node
/**
 * Sets this checkout up, or says what is missing: `node infra/setup.mjs [--check] [--json]`.
 * Plain Node.js, so that it runs before anything is installed. Exit codes: 0 all there, 1 something
 * is missing or failed, 2 wrong arguments.
 * @module
 */
import { createContext } from './setup/context.mjs';
import { describeStep } from './setup/describe-step.mjs';
import { checkSetup, runSetup } from './setup/plan.mjs';
import { SILENT } from './setup/reporter.mjs';

const USAGE = `Usage: node infra/setup.mjs [--check] [--json]

Installs everything this checkout needs; doing it again takes seconds.
  --check   change nothing; say what is missing and why (exit 1 if something is)
  --json    one JSON document on stdout instead of text
  --help    this text
`;

async function main(args) {
  const unknown = args.find((arg) => !['--check', '--json', '--help'].includes(arg));
  if (unknown) {
    process.stderr.write(`unknown argument ${unknown}; see --help\n`);
    return 2;
  }
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const isJson = args.includes('--json');
  const context = createContext(isJson ? { reporter: SILENT } : {});
  if (args.includes('--check')) return check(context, isJson);
  return setUp(context, isJson);
}

async function check(context, isJson) {
  const steps = await checkSetup(context);
  const missing = steps.filter((step) => !step.ready).length;
  if (isJson) printJson({ ok: missing === 0, steps });
  else {
    for (const step of steps) console.log(describeStep(step));
    console.log(missing === 0 ? 'nothing is missing' : `${missing} missing: run npm run setup`);
  }
  return missing === 0 ? 0 : 1;
}

async function setUp(context, isJson) {
  try {
    const onReady = isJson ? undefined : (step) => console.log(describeStep(step));
    const steps = await runSetup(context, { onReady });
    if (isJson) printJson({ ok: true, steps });
    return 0;
  } catch (error) {
    if (error.name !== 'SetupError') throw error;
    if (isJson) printJson({ ok: false, error: error.message, remedy: error.remedy });
    else process.stderr.write(`set-up failed: ${error.message}\nWhat to do: ${error.remedy}\n`);
    return 1;
  }
}

const printJson = (value) => console.log(JSON.stringify(value, null, 2));

process.exitCode = await main(process.argv.slice(2));
