/** Prints `N passed, N failed` last, for machines that read only that line. @module */
import type { Reporter, TestModule } from 'vitest/node';

class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      let tests = 0;
      for (const test of module.children.allTests()) {
        tests++;
        const state = test.result().state;
        if (state === 'passed') count.passed++;
        else if (state === 'skipped') count.skipped++;
        else count.failed++;
      }
      // A module that failed before its first test would otherwise count as nothing.
      if (tests === 0 && module.state() === 'failed') count.failed++;
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
    process.on('exit', () => {
      process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`);
    });
  }
}

// vitest loads a reporter file by its default export.
// eslint-disable-next-line no-restricted-exports
export default ClosingLineReporter;
