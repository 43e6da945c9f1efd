/** One line for a person about one step's outcome. @module */

/** `+` all there, `!` works without it, `-` missing; then what is there, or why it is not. */
export function describeStep({ title, ready, detail, reason, remedy, isDegraded, note }) {
  const mark = ready ? (isDegraded ? '!' : '+') : '-';
  const text = ready ? detail : [reason, remedy].filter(Boolean).join('. What to do: ');
  return `${mark} ${title}: ${text}${note ? ` (${note})` : ''}`;
}
