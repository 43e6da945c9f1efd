/**
 * The files of a sealed window: encoders and decoders of each.
 * @module
 */
export { decodeInsarWindow, encodeInsarWindow } from './insar-window.js';
export { decodeReportWindow, encodeReportWindow } from './report-window.js';
export { decodeSignalWindow, encodeSignalWindow, isSignalWindow } from './signal-window.js';
export { decodeWaveformWindow, encodeWaveformWindow } from './waveform-window.js';
