/** A progress bar on a terminal, a plain line at every tenth elsewhere. @module */
import { SingleBar } from 'cli-progress';
import type { Output } from './output.js';

export interface ProgressBar {
  update(done: number, note: string): void;
  stop(): void;
}

export function createProgressBar(input: {
  title: string;
  total: number;
  output: Output;
}): ProgressBar {
  const { title, total, output } = input;
  if (output.isTerminal) {
    const bar = new SingleBar({
      format: `${title} {bar} {value}/{total} {note} {eta_formatted}`,
      hideCursor: true,
      stream: process.stderr,
    });
    bar.start(total, 0, { note: '' });
    return { update: (done, note) => bar.update(done, { note }), stop: () => bar.stop() };
  }
  let tenth = -1;
  return {
    update: (done, note) => {
      const now = total === 0 ? 10 : Math.floor((10 * done) / total);
      if (now === tenth) return;
      tenth = now;
      output.error(`${title} ${done}/${total} ${note}`);
    },
    stop: () => undefined,
  };
}
