/** The pages of the felt-report form as HTML: they work without JavaScript. @module */
import { FELT_LANGUAGES } from './languages.js';
import { DAMAGE_TOKENS, MINUTES_AGO, QUESTIONS } from './read-form.js';
import type { FeltWords, Question, RefusalKind } from './words/felt-words.js';

const STYLE = `
:root{color-scheme:light dark;--ink:#16202a;--paper:#fff;--line:#8794a1;--accent:#0b5cad;--alert:#a3161b;--soft:#eef3f8}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf2;--paper:#12181f;--line:#6d7b89;--accent:#7db8f5;--alert:#ff9a94;--soft:#1c2630}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{max-width:42rem;margin:0 auto;padding:1rem}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem;list-style:none;margin:0 -.6rem;padding:0}
nav a{display:inline-block;padding:.5rem .6rem;color:var(--accent)}
nav a[aria-current]{color:var(--ink);font-weight:700;text-decoration:none}
fieldset{border:1px solid var(--line);border-radius:.5rem;margin:1rem 0;padding:.5rem 1rem .75rem;min-width:0}
legend{font-weight:600;padding:0 .3rem}
.options label{display:flex;align-items:center;gap:.6rem;min-height:2.75rem;cursor:pointer}
.options input{flex:none;width:1.25rem;height:1.25rem;accent-color:var(--accent)}
.field{display:block;margin:.5rem 0}
.field input,.field select{display:block;width:100%;min-height:2.75rem;font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:.35rem;padding:.4rem .6rem}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:.75rem}
.hint,.privacy{color:inherit;opacity:.85;font-size:.92rem;margin:.25rem 0}
.alert{border:2px solid var(--alert);border-radius:.5rem;padding:.75rem 1rem;margin:1rem 0}
.result{background:var(--soft);border-radius:.5rem;padding:1rem;font-size:1.25rem}
button,.button{display:inline-block;min-height:3rem;padding:.6rem 1.4rem;font:inherit;font-weight:600;border:1px solid var(--accent);border-radius:.5rem;background:var(--accent);color:var(--paper);text-decoration:none;cursor:pointer}
button.plain{background:none;color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
`;

/** The form; answers that were sent and refused are filled in again. */
export function formPage(input: {
  readonly words: FeltWords;
  readonly token: string;
  readonly sent?: URLSearchParams;
  readonly refused?: RefusalKind;
}): string {
  const { words, token, refused } = input;
  const sent = input.sent ?? new URLSearchParams();
  const alert =
    refused === undefined
      ? ''
      : `<div class="alert" role="alert" tabindex="-1" id="problem"><strong>${escaped(words.problem)}</strong><br>${escaped(words.refused[refused])}</div>`;
  const questions = QUESTIONS.map((name) => radios({ name, words, sent }));
  return page(
    words,
    `${alert}
<p>${escaped(words.intro)}</p>
<p class="privacy">${escaped(words.privacy)}</p>
<form method="post" action="/felt?lang=${words.code}" accept-charset="utf-8">
<input type="hidden" name="token" value="${escaped(token)}">
${questions[0]}
<fieldset><legend id="place-label">${escaped(words.place.label)}</legend>
<div class="field"><input name="place" aria-labelledby="place-label" autocomplete="address-level2" maxlength="100" value="${escaped(sent.get('place') ?? '')}" aria-describedby="place-hint"></div>
<p class="hint" id="place-hint">${escaped(words.place.hint)}</p>
<div class="pair">${(['latitude', 'longitude'] as const).map((name) => coordinateField(words, name, sent)).join('')}</div>
<button type="button" class="plain" id="locate" hidden>${escaped(words.place.locate)}</button>
</fieldset>
<label class="field"><strong>${escaped(words.when.label)}</strong>
<select name="when">${MINUTES_AGO.map((_, i) => `<option value="${i}"${sent.get('when') === String(i) ? ' selected' : ''}>${escaped(words.when.options[i] ?? '')}</option>`).join('')}</select></label>
${questions.slice(1).join('\n')}
${damageBoxes(words, sent)}
<p><button type="submit">${escaped(words.send)}</button></p>
</form>
<script src="/felt/place.js" defer></script>`,
  );
}

/** For an address that sends without end: an answer that costs little. */
export function stoppedPage(words: FeltWords): string {
  return page(words, `<p class="alert" role="alert">${escaped(words.refused.many)}</p>`);
}

/** What is shown once a report is counted. `cdi` to 0.1. */
export function thanksPage(input: { readonly words: FeltWords; readonly cdi: number }): string {
  const { words, cdi } = input;
  const level = words.levels[Math.min(10, Math.max(1, Math.round(cdi))) - 1] ?? '';
  const result = words.result.replace('{cdi}', cdi.toFixed(1)).replace('{level}', level);
  return page(
    words,
    `<p role="status">${escaped(words.thanks)}</p>
<p class="result">${escaped(result)}</p>
<p>${escaped(words.resultNote)}</p>
<p><a class="button" href="/felt?lang=${words.code}">${escaped(words.again)}</a></p>`,
  );
}

/** Fills the position in when asked to, rounded before it leaves the device. */
export const PLACE_SCRIPT = `const button = document.getElementById('locate');
if (button && 'geolocation' in navigator && isSecureContext) {
  button.hidden = false;
  button.addEventListener('click', () => {
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      for (const name of ['latitude', 'longitude']) {
        document.querySelector('input[name=' + name + ']').value = coords[name].toFixed(2);
      }
    });
  });
}
document.getElementById('problem')?.focus();
`;

function page(words: FeltWords, body: string): string {
  const links = FELT_LANGUAGES.map(
    ({ code, name }) =>
      `<li><a href="/felt?lang=${code}" lang="${code}" hreflang="${code}"${code === words.code ? ' aria-current="true"' : ''}>${escaped(name)}</a></li>`,
  );
  return `<!doctype html>
<html lang="${words.code}" dir="${words.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escaped(words.title)}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<style>${STYLE}</style>
</head>
<body>
<main>
<nav aria-label="${escaped(words.languageLabel)}"><ul>${links.join('')}</ul></nav>
<h1>${escaped(words.title)}</h1>
${body}
</main>
</body>
</html>
`;
}

function radios(input: {
  readonly name: (typeof QUESTIONS)[number];
  readonly words: FeltWords;
  readonly sent: URLSearchParams;
}): string {
  const { name, words, sent } = input;
  const question: Question = words[name];
  // "Nobody else was there" is 1: 0 is no answer of the USGS form.
  const first = name === 'otherFelt' ? 1 : 0;
  const given = sent.get(name) ?? '';
  const radio = (value: string, label: string): string =>
    `<label><input type="radio" name="${name}" value="${value}"${given === value ? ' checked' : ''}${name === 'felt' ? ' required' : ''}>${escaped(label)}</label>`;
  const options = question.options.map((label, i) => radio(String(i + first), label));
  if (name !== 'felt') options.push(radio('', words.noAnswer));
  return `<fieldset class="options"><legend>${escaped(question.label)}</legend>${options.join('')}</fieldset>`;
}

function damageBoxes(words: FeltWords, sent: URLSearchParams): string {
  const given = sent.getAll('damage');
  const boxes = DAMAGE_TOKENS.map(
    (token, i) =>
      `<label><input type="checkbox" name="damage" value="${token}"${given.includes(token) ? ' checked' : ''}>${escaped(words.damage.options[i] ?? '')}</label>`,
  );
  return `<fieldset class="options"><legend>${escaped(words.damage.label)}</legend>${boxes.join('')}</fieldset>`;
}

function coordinateField(
  words: FeltWords,
  name: 'latitude' | 'longitude',
  sent: URLSearchParams,
): string {
  return `<label class="field">${escaped(words.place[name])}<input name="${name}" inputmode="text" maxlength="14" dir="ltr" value="${escaped(sent.get(name) ?? '')}"></label>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
