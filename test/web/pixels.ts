/** Colours of a drawn element, counted in the page. @module */
import type { Locator } from 'playwright-core';

/** Pixels of a screenshot by colour `r,g,b`. */
export async function pixelCounts(element: Locator): Promise<ReadonlyMap<string, number>> {
  const png = (await element.screenshot()).toString('base64');
  const counts = await element.page().evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    context.drawImage(image, 0, 0);
    const pixels = context.getImageData(0, 0, image.width, image.height).data;
    const found: Record<string, number> = {};
    for (let i = 0; i < pixels.length; i += 4) {
      const colour = `${pixels[i]},${pixels[i + 1]},${pixels[i + 2]}`;
      found[colour] = (found[colour] ?? 0) + 1;
    }
    return found;
  }, png);
  return new Map(Object.entries(counts));
}
