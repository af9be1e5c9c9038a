/** The colours of the timeline, as the page's theme has them. */
import { themeColor } from '../theme.js';
import type { Palette } from './paint.js';

/** Hues of functions: none of them says anything, so they stay quiet. */
const HUES = [212, 190, 168, 142, 96, 48, 28, 8, 342, 316, 280, 250];

export function readPalette(): Palette {
  const lightness = themeColor('span-lightness');
  const saturation = themeColor('span-saturation');
  return {
    background: themeColor('panel'),
    text: themeColor('text'),
    faint: themeColor('faint'),
    line: themeColor('line'),
    accent: themeColor('accent'),
    mark: themeColor('mark'),
    heat: themeColor('heat'),
    spanText: themeColor('span-text'),
    spans: HUES.map((hue) => `hsl(${String(hue)} ${saturation} ${lightness})`),
    lanes: {
      console: themeColor('lane-console'),
      ports: themeColor('lane-ports'),
      mmio: themeColor('lane-mmio'),
      interruptions: themeColor('lane-interruptions'),
      inputs: themeColor('lane-inputs'),
    },
  };
}
