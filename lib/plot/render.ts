/** From a Vega-Lite specification to a picture, without a browser. The libraries are only loaded when a picture is drawn. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DataError } from '../errors.js';
import { writeWhole } from '../io/files.js';
import { packageRoot } from '../native/addon.js';
import { pictureKind } from './picture-file.js';
import { textWidth } from './text-width.js';

/** A Vega-Lite specification; see its documentation for what can be said. */
export type VegaLiteSpec = Readonly<Record<string, unknown>>;

export const FONT = 'DejaVu Sans';

/** Pixels of a PNG for one unit of the drawing: sharp on screens and in print. */
const PNG_SCALE = 2;

/** Servers often have no fonts, so one comes with the package; in a clone it lies among the development packages. */
function fontFile(): string {
  const places = [path.join(packageRoot, 'dist', 'plot', 'fonts'), path.join(packageRoot, 'node_modules', 'dejavu-fonts-ttf', 'ttf')];
  const file = places.map((place) => path.join(place, 'DejaVuSans.ttf')).find(existsSync);
  if (file !== undefined) return file;
  throw new DataError({
    where: 'plot',
    expected: `the font DejaVuSans.ttf in ${places[0]}`,
    received: 'none',
    hint: 'install the package again',
  });
}

const look = {
  background: 'white',
  padding: 12,
  font: FONT,
  axis: { labelFontSize: 12, titleFontSize: 13, titleFontWeight: 'normal', gridColor: '#e6e6e6', labelLimit: 0 },
  legend: { labelFontSize: 12, titleFontSize: 13, titleFontWeight: 'normal', labelLimit: 0 },
  title: { fontSize: 15, fontWeight: 'normal', anchor: 'middle' },
  view: { stroke: '#bbbbbb' },
};

/** What vega measures texts by; its declarations lack it. */
interface TextMetrics {
  width: unknown;
  readonly estimateWidth: unknown;
}

/** The drawing as SVG text. */
export async function renderSvg(spec: VegaLiteSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const compiled = vegaLite.compile({ config: look, ...spec } as never).spec;
  // Only in the place of a guess: with a canvas vega measures.
  const { textMetrics } = vega as unknown as { textMetrics?: TextMetrics };
  if (textMetrics && textMetrics.width === textMetrics.estimateWidth) {
    textMetrics.width = (item: { fontSize?: number }, text: string | number | null | undefined) =>
      textWidth(String(text ?? ''), item.fontSize ?? 11);
  }
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logLevel: vega.Error });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** The drawing as PNG bytes. */
export async function renderPng(svg: string, scale = PNG_SCALE): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: { loadSystemFonts: false, fontFiles: [fontFile()], defaultFontFamily: FONT },
    background: 'white',
  });
  return image.render().asPng();
}

/** Writes a picture whose ending says what it is: .svg or .png. The file is there whole or not at all. */
export async function writePicture(where: string, spec: VegaLiteSpec, file: string): Promise<void> {
  const kind = pictureKind(where, file, `for example ${where.split('.').pop()}.png`);
  const svg = await renderSvg(spec);
  const contents = kind === 'svg' ? svg : await renderPng(svg);
  await writeWhole(where, file, contents);
}
