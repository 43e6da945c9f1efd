/**
 * What a person states about the stored values (options `unit`, `scale`) laid over what the file
 * says.
 * @module
 */
import type { DasOptions } from './options.js';
import type { Conversion } from './units.js';

/** The conversion with the stated scale and a line of audit for each statement. */
export function statedConversion(
  conversion: Conversion,
  input: { readonly options: DasOptions; readonly fileUnit: string | null },
): Conversion {
  const { unit, scale } = input.options;
  const audit = [...conversion.audit];
  if (unit !== undefined && unit !== input.fileUnit) {
    audit.unshift(
      `unit: the file says '${input.fileUnit ?? ''}', option 'unit' says '${unit}': used it`,
    );
  }
  if (scale !== undefined) audit.push(`option 'scale': each value multiplied by ${scale}`);
  return { ...conversion, factor: conversion.factor * (scale ?? 1), audit };
}
