import type { SetupContext } from './types.js';
export const ROOT: string;
export function createContext(overrides?: Partial<SetupContext>): SetupContext;
