/**
 * What a person states about the stored values (options `unit`, `scale`) laid over what the file
 * says.
 * @module
 */
import { note, type AuditEntry } from './audit.js';
import type { DasOptions } from './options.js';
import type { Conversion } from './units.js';

/** The conversion with the stated scale and an audit entry for each statement. */
export function statedConversion(
  conversion: Conversion,
  input: { readonly options: DasOptions; readonly fileUnit: string | null },
): Conversion {
  const { unit, scale } = input.options;
  const audit: AuditEntry[] = [...conversion.audit];
  if (unit !== undefined && unit !== input.fileUnit) {
    const found = { file: input.fileUnit, "option 'unit'": unit };
    audit.unshift(note('units', found, unit, 'the option wins over the file'));
  }
  if (scale !== undefined) {
    audit.push(note('units', { "option 'scale'": scale }, scale, 'each value is multiplied by it'));
  }
  return { ...conversion, factor: conversion.factor * (scale ?? 1), audit };
}
