/** Relative links of the pages lead to files and headings that are there. @module */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const PAGES = ['README.md', 'infra/README.md', ...pagesOf('docs')].filter((page) =>
  existsSync(path.join(ROOT, page)),
);

function pagesOf(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

/** The page without its code blocks and code spans: links in them are no links. */
function prose(page: string): string {
  return readFileSync(path.join(ROOT, page), 'utf8')
    .replace(/^```[^]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, (span) => 'x'.repeat(span.length));
}

function linksOf(page: string): string[] {
  const inline = [...prose(page).matchAll(/\]\(\s*<?([^\s)>]+)/g)];
  const reference = [...prose(page).matchAll(/^\s*\[[^\]]+\]:\s*<?([^\s>]+)/gm)];
  return [...inline, ...reference]
    .map((match) => match[1] as string)
    .filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

/** Names that GitHub gives to headings. */
function anchorsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/^```[^]*?^```/gm, '');
  return [...text.matchAll(/^#+\s+(.+)$/gm)].map((match) =>
    (match[1] as string)
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

function whatIsBroken(page: string, link: string): string | null {
  const [target = '', anchor] = link.split('#');
  const file = path.resolve(ROOT, path.dirname(page), decodeURIComponent(target));
  // A link to the page itself has only an anchor.
  const aimed = target === '' ? path.join(ROOT, page) : file;
  if (path.relative(ROOT, aimed).startsWith('..')) return `${link}: outside the repository`;
  if (!existsSync(aimed)) return `${link}: no such file`;
  if (anchor === undefined || statSync(aimed).isDirectory() || !aimed.endsWith('.md')) return null;
  return anchorsOf(aimed).includes(anchor) ? null : `${link}: no such heading`;
}

describe('pages', () => {
  it('are found', () => {
    expect(PAGES).toContain('docs/operations.md');
    expect(PAGES).toContain('infra/README.md');
    expect(PAGES.flatMap(linksOf).length).toBeGreaterThan(20);
  });

  it.each(PAGES)('%s has no broken relative link', (page) => {
    expect(linksOf(page).flatMap((link) => whatIsBroken(page, link) ?? [])).toEqual([]);
  });

  it('a missing file, a missing heading and a way out are told', () => {
    expect(whatIsBroken('docs/operations.md', 'nowhere.md')).toContain('no such file');
    expect(whatIsBroken('docs/operations.md', 'formats.md#nothing')).toContain('no such heading');
    expect(whatIsBroken('docs/operations.md', '../../other/file.md')).toContain('outside');
    expect(whatIsBroken('docs/operations.md', '../infra/README.md#variables')).toBeNull();
  });
});
