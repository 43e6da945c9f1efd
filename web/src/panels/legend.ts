/** Legend of the map: what size, colour, opacity and hatching mean; chooses the colours. @module */
import { colourClasses, radiusPx, type ColourBy } from '../colours.js';
import { byId, make } from '../dom.js';
import { layerName, scaleOf, SHAKING_LAYERS, type ShakingLayer } from '../shaking/scales.js';
import type { State, Store } from '../state.js';

const SVG = 'http://www.w3.org/2000/svg';
const MAGNITUDES = [2, 4, 6, 7];

export function createLegend(store: Store): void {
  const box = byId('legend');
  const choice = make('select', { id: 'colour-by' });
  choice.append(
    make('option', { value: 'depth' }, 'depth'),
    make('option', { value: 'age' }, 'age'),
  );
  choice.addEventListener('change', () => store.set({ colourBy: choice.value as ColourBy }));
  const classes = make('ul', { class: 'swatches' });
  box.append(
    part('Magnitude', ...MAGNITUDES.map((magnitude) => sizeSample(magnitude))),
    make(
      'div',
      { class: 'legend-part' },
      make('label', { for: 'colour-by', class: 'legend-title' }, 'Colour'),
      choice,
      classes,
    ),
    part('Probability', disc({ opacity: 0.35 }), 'low', disc({ opacity: 0.9 }), 'high'),
    part('Simulated', disc({ isHatched: true }), 'hatched, dashed edge'),
    part('Line', lineSample(), '90 % ellipse of the selected event'),
    shakingPart(store),
  );
  const draw = (): void => {
    classes.replaceChildren(
      ...colourClasses(store.get().colourBy).map(({ label, colour }) => {
        const swatch = make('span', { class: 'swatch', 'aria-hidden': 'true' });
        swatch.style.background = colour;
        return make('li', {}, swatch, label);
      }),
    );
  };
  draw();
  store.listen((state, before) => {
    if (state.colourBy !== before.colourBy) draw();
  });
}

/** The choice of what the map of shaking shows, and its colours; hidden while there is no map. */
function shakingPart(store: Store): HTMLElement {
  const choice = make('select', { id: 'shaking-layer' });
  choice.append(
    ...SHAKING_LAYERS.map((layer) => make('option', { value: layer }, layerName(layer))),
  );
  choice.addEventListener('change', () =>
    store.set({ shakingLayer: choice.value as ShakingLayer }),
  );
  const ramp = make('ul', { class: 'swatches' });
  const unit = make('span', { class: 'quiet' });
  const box = make(
    'div',
    { class: 'legend-part', id: 'shaking-legend' },
    make('label', { for: 'shaking-layer', class: 'legend-title' }, 'Shaking'),
    choice,
    ramp,
    unit,
  );
  const draw = ({ shakingCells, shakingLayer }: State): void => {
    const scale = scaleOf(shakingLayer);
    box.hidden = shakingCells === null;
    unit.textContent = scale?.unit ?? '';
    ramp.replaceChildren(
      ...(scale?.stops ?? []).map(([, colour, label]) => {
        const swatch = make('span', { class: 'swatch square', 'aria-hidden': 'true' });
        swatch.style.background = colour;
        return make('li', {}, swatch, label);
      }),
    );
  };
  draw(store.get());
  store.listen((state, before) => {
    const isSame = state.shakingLayer === before.shakingLayer;
    if (!isSame || state.shakingCells !== before.shakingCells) draw(state);
  });
  return box;
}

function part(title: string, ...samples: readonly (Node | string)[]): HTMLElement {
  return make(
    'div',
    { class: 'legend-part' },
    make('span', { class: 'legend-title' }, title),
    ...samples.map((sample) => (typeof sample === 'string' ? make('span', {}, sample) : sample)),
  );
}

function sizeSample(magnitude: number): HTMLElement {
  return make(
    'span',
    { class: 'size-sample' },
    disc({ radius: radiusPx(magnitude), opacity: 0.1 }),
    `M${magnitude}`,
  );
}

function disc(input: { radius?: number; opacity?: number; isHatched?: boolean }): SVGSVGElement {
  const radius = input.radius ?? 8;
  const side = 2 * radius + 3;
  const svg = svgElement('svg', { width: side, height: side, 'aria-hidden': 'true' });
  const circle = svgElement('circle', {
    cx: side / 2,
    cy: side / 2,
    r: radius,
    stroke: 'currentColor',
    fill: input.isHatched ? 'none' : 'currentColor',
    'fill-opacity': input.opacity ?? 1,
    'stroke-width': input.isHatched ? 2 : 1,
    ...(input.isHatched ? { 'stroke-dasharray': '4 2.3' } : {}),
  });
  svg.append(circle);
  if (input.isHatched) {
    const path = 'M4 13 L13 4 M4 8 L8 4 M8 15 L15 8';
    svg.append(svgElement('path', { d: path, stroke: 'currentColor', 'stroke-width': 1.5 }));
  }
  return svg as SVGSVGElement;
}

function lineSample(): SVGElement {
  const svg = svgElement('svg', { width: 26, height: 14, 'aria-hidden': 'true' });
  svg.append(
    svgElement('ellipse', {
      cx: 13,
      cy: 7,
      rx: 11.5,
      ry: 5.5,
      stroke: 'currentColor',
      'stroke-width': 1.8,
      fill: 'currentColor',
      'fill-opacity': 0.1,
    }),
  );
  return svg;
}

function svgElement(tag: string, attributes: Record<string, string | number>): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
