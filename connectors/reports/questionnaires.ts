/**
 * Answers of felt-report questionnaires (CSV with a header, or JSON lines; columns as in USGS DYFI)
 * in, checked answers with places out. Other columns (names, comments) are never looked at.
 * @module
 */
import { z } from 'zod';
import { CorruptSourceError } from '../../core/errors.js';
import { LARGEST_ANSWER, type FeltAnswers, type RoughPlace } from '../../core/felt-answers.js';
import { REJECTED_KEPT, type Rejected } from '../../core/tables/rejected.js';
import { zodReason } from './collect.js';
import { csvFields, csvMark, plainNumber, type CsvMark } from './csv.js';
import { textLines } from './lines.js';

/** One questionnaire; the place is null when none was given. */
export interface Questionnaire extends FeltAnswers {
  readonly place: RoughPlace | null;
}

export interface QuestionnaireFile {
  readonly questionnaires: readonly Questionnaire[];
  /** The first 100 refused answers, by line. */
  readonly rejected: readonly Rejected[];
  readonly rejectedCount: number;
  /** How many by reason; reasons beyond the first hundred are `other`. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** `0x2` and `1e0` are numbers to a computer, and no answers. */
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;

/** An answer as USGS keeps it: a number, perhaps followed by words. */
const answer = (max: number): z.ZodType<number | null> =>
  z
    .union([z.number(), z.string(), z.null(), z.undefined()])
    .transform((value) => {
      if (typeof value === 'number') return value;
      const text = value?.trim().split(/[ +]/)[0] ?? '';
      return text === '' ? null : DECIMAL.test(text) ? Number(text) : Number.NaN;
    })
    .refine((value) => value === null || (value >= 0 && value <= max), {
      message: `an impossible answer: 0 to ${max} or nothing`,
    });

const coordinate = (limit: number): z.ZodType<string | null> =>
  z
    .union([z.number(), z.string(), z.null(), z.undefined()])
    .transform((value) => {
      const text = String(value ?? '').trim();
      return text === '' ? null : text;
    })
    .refine((text) => text === null || (DECIMAL.test(text) && Math.abs(Number(text)) <= limit), {
      message: `outside -${limit} to ${limit}`,
    });

const ROW = z.object({
  felt: answer(LARGEST_ANSWER.felt),
  other_felt: answer(LARGEST_ANSWER.otherFelt),
  motion: answer(LARGEST_ANSWER.motion),
  reaction: answer(LARGEST_ANSWER.reaction),
  stand: answer(LARGEST_ANSWER.stand),
  shelf: answer(LARGEST_ANSWER.shelf),
  picture: answer(LARGEST_ANSWER.picture),
  furniture: answer(LARGEST_ANSWER.furniture),
  d_text: z.string().max(2000).nullish(),
  latitude: coordinate(90),
  longitude: coordinate(180),
});

const NAMES = Object.keys(ROW.shape);

/**
 * Throws CorruptSourceError when a CSV file has no header with one of the known columns, and errors
 * of `textLines`. A row with an impossible answer is refused whole and counted.
 */
export async function readQuestionnaires(input: {
  readonly path: string;
}): Promise<QuestionnaireFile> {
  const questionnaires: Questionnaire[] = [];
  const rejected: Rejected[] = [];
  const reasons: Record<string, number> = {};
  let rejectedCount = 0;
  let header: Header | null = null;
  let isJson = false;
  for await (const line of textLines({ path: input.path, takesNul: true })) {
    if (line.text?.trim() === '') continue;
    if (header === null && line.text?.trimStart().startsWith('{') === true) isJson = true;
    if (!isJson && header === null && line.text !== null) {
      header = headerOf(line.text, input.path, line.number);
      continue;
    }
    const row = rowOf(line.text, isJson ? null : header);
    const parsed = typeof row === 'string' ? row : ROW.safeParse(knownColumns(row));
    if (typeof parsed === 'string' || !parsed.success) {
      rejectedCount++;
      const reason = typeof parsed === 'string' ? parsed : zodReason(parsed.error);
      const isKnown = reason in reasons || Object.keys(reasons).length < REJECTED_KEPT;
      const key = isKnown ? reason : 'other';
      reasons[key] = (reasons[key] ?? 0) + 1;
      if (rejected.length < REJECTED_KEPT) rejected.push({ at: `line ${line.number}`, reason });
      continue;
    }
    questionnaires.push(questionnaireOf(parsed.data));
  }
  return { questionnaires, rejected, rejectedCount, reasons };
}

interface Header {
  readonly names: readonly string[];
  readonly mark: CsvMark;
}

function headerOf(text: string, source: string, line: number): Header {
  const mark = csvMark(text);
  const names = csvFields(text, mark)?.map((name) => name.trim().toLowerCase()) ?? [];
  if (names.some((name) => NAMES.includes(name))) return { names, mark };
  throw new CorruptSourceError({
    source,
    at: `line ${line}`,
    reason: `neither JSON lines nor a CSV header with one of ${NAMES.join(', ')}`,
  });
}

/** The known columns of a line, or why it has none. */
function rowOf(
  text: string | null,
  header: Header | null,
): Readonly<Record<string, unknown>> | string {
  if (text === null) return 'the line is longer than 1 MiB';
  if (header === null) {
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? (value as Record<string, unknown>)
        : 'not a JSON object';
    } catch {
      return 'not JSON';
    }
  }
  const { names, mark } = header;
  const fields = csvFields(text, mark);
  if (fields === null) return 'not readable as CSV';
  if (fields.length !== names.length) {
    return `${fields.length} fields, the header has ${names.length}`;
  }
  return Object.fromEntries(names.map((name, i) => [name, plainNumber(fields[i] ?? '', mark)]));
}

/** Every known column, undefined where the row lacks it; no other column goes further. */
function knownColumns(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(NAMES.map((name) => [name, row[name]]));
}

function questionnaireOf(row: z.infer<typeof ROW>): Questionnaire {
  const { latitude, longitude } = row;
  return {
    felt: row.felt,
    otherFelt: row.other_felt,
    motion: row.motion,
    reaction: row.reaction,
    stand: row.stand,
    shelf: row.shelf,
    picture: row.picture,
    furniture: row.furniture,
    damageText: row.d_text ?? null,
    place:
      latitude === null || longitude === null
        ? null
        : {
            latitude: Number(latitude),
            longitude: Number(longitude),
            halfStepDeg: { latitude: halfStep(latitude), longitude: halfStep(longitude) },
          },
  };
}

/** `38.29` was rounded: it may be 0.005 more or less. */
function halfStep(text: string): number {
  return 0.5 / 10 ** (text.split('.')[1]?.length ?? 0);
}
