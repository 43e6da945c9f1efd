/**
 * Says what the set-up does: lines always, a moving bar on a terminal. Everything goes to stderr,
 * so that stdout carries only results.
 * @module
 */

const MEBIBYTE = 2 ** 20;
const REDRAW_MS = 100;

/** A reporter with `line(text)` and `progress({ label, done, total })` (bytes; done once at end). */
export function createReporter({ stream = process.stderr, isTty = stream.isTTY === true } = {}) {
  let drawnAt = 0;
  let isBarOpen = false;
  const clear = () => {
    if (isBarOpen) stream.write('\r\x1b[2K');
    isBarOpen = false;
  };
  return {
    isTty,
    line(text) {
      clear();
      stream.write(`${text}\n`);
    },
    progress({ label, done, total }) {
      const isEnd = total > 0 && done >= total;
      if (!isTty || (!isEnd && Date.now() - drawnAt < REDRAW_MS)) return;
      drawnAt = Date.now();
      clear();
      stream.write(barText({ label, done, total }));
      isBarOpen = true;
      if (isEnd) stream.write('\n');
      if (isEnd) isBarOpen = false;
    },
  };
}

/** One bar as text, for example `temporal [#####-----] 50 % of 41.3 MiB`. */
export function barText({ label, done, total }) {
  if (!(total > 0)) return `${label} ${(done / MEBIBYTE).toFixed(1)} MiB`;
  const share = Math.min(1, done / total);
  const filled = Math.round(share * 24);
  const bar = '#'.repeat(filled) + '-'.repeat(24 - filled);
  return `${label} [${bar}] ${Math.floor(share * 100)} % of ${(total / MEBIBYTE).toFixed(1)} MiB`;
}

/** A reporter that says nothing (for `--json` and tests). */
export const SILENT = { isTty: false, line() {}, progress() {} };
