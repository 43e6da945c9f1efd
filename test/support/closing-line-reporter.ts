/**
 * Prints last, for machines that read only the end: `failed: TEST: MESSAGE` for each failure, then
 * `N passed, N failed`.
 * @module
 */
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

const failure = (what: string, errors: readonly Pick<SerializedError, 'message'>[]): string =>
  `failed: ${what}: ${errors.map(({ message }) => message.split('\n', 1)[0]).join('; ')}`;

class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const failures = errors.map((error) => failure('outside of a test', [error]));
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      let tests = 0;
      for (const test of module.children.allTests()) {
        tests++;
        const result = test.result();
        if (result.state === 'passed') count.passed++;
        else if (result.state === 'skipped') count.skipped++;
        else {
          count.failed++;
          failures.push(
            failure(`${module.relativeModuleId} > ${test.fullName}`, result.errors ?? []),
          );
        }
      }
      // A module that failed before its first test would otherwise count as nothing.
      if (tests === 0 && module.state() === 'failed') {
        count.failed++;
        failures.push(failure(module.relativeModuleId, module.errors()));
      }
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
    process.on('exit', () => {
      for (const line of failures) process.stdout.write(`${line}\n`);
      process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`);
    });
  }
}

// vitest loads a reporter file by its default export.
// eslint-disable-next-line no-restricted-exports
export default ClosingLineReporter;
