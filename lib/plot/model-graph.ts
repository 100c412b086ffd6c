/** A model drawn as a graph: its layers as boxes, arrows where one feeds another. */
import { ArgumentError } from '../errors.js';
import { writeWhole } from '../io/files.js';
import type { Layer } from '../layers/layer.js';
import type { Node, SymbolicTensor } from '../layers/symbolic.js';
import type { Graph } from '../models/graph.js';
import { layerRange, within } from '../models/layer-range.js';
import { ModelStructure } from '../models/structure.js';
import { shapeText } from '../models/summary.js';
import { describe, flag, oneOf, optional, readOptions, whole } from '../options/index.js';
import { escape, pictureKind } from './picture-file.js';
import { FONT, renderPng } from './render.js';
import { textWidth } from './text-width.js';

/** Options as those of Keras' `plot_model`. */
export interface PlotModelOptions {
  /** Shapes of inputs and outputs; true. */
  showShapes?: boolean;
  /** The dtype beside the shapes; false. */
  showDtype?: boolean;
  /** Names of the layers beside their classes; true. */
  showLayerNames?: boolean;
  /** The activation of layers that have one; false. */
  showLayerActivations?: boolean;
  /** Whether layers with weights are trained; false. */
  showTrainable?: boolean;
  /** From top to bottom ('TB') or from left to right ('LR'); 'TB'. */
  rankdir?: 'TB' | 'LR';
  /** Whether the layers of models within the model are drawn, in a frame for each; false: such a model is one box. */
  expandNested?: boolean;
  /** Names of the first and the last layer to be drawn, as regular expressions; all. */
  layerRange?: readonly [string, string] | null;
  /** Dots per inch of a PNG file; 200. */
  dpi?: number;
}

interface Box {
  id: string;
  lines: string[];
  /** The frame that it is in. */
  frame: string | undefined;
}

/** Around the layers of a model within the model. */
interface Frame {
  id: string;
  label: string;
  frame: string | undefined;
}

interface Drawing {
  boxes: Box[];
  frames: Frame[];
  arrows: [string, string][];
}

type Settings = Required<Omit<PlotModelOptions, 'layerRange'>> & { layerRange: readonly [string, string] | null };

/** What is used of dagre; its own declarations do not resolve from a CommonJS module. */
interface Layout {
  setGraph(options: object): void;
  setNode(id: string, size: { width: number; height: number }): void;
  setParent(id: string, frame: string): void;
  setEdge(from: string, to: string, value: object, name: string): void;
  graph(): { width?: number; height?: number };
  edges(): object[];
  edge(edge: object): { points: { x: number; y: number }[] };
  node(id: string): { x: number; y: number; width: number; height: number };
}

interface Dagre {
  graphlib: { Graph: new (options: object) => Layout };
  layout(graph: Layout): void;
}

/** Keras' own. */
const DPI = 200;
/** A unit of SVG is the 96th of an inch. */
const SVG_DPI = 96;
const FONT_SIZE = 13;
const LINE = 18;
const PADDING = 10;

function activationOf(layer: Layer): string | undefined {
  const { activation } = layer.getConfig();
  return typeof activation === 'string' ? activation : undefined;
}

/** Where the arrows of a call begin and end: at its box, or at boxes within its frame. */
interface Ends {
  readonly inputs: (i: number) => string | undefined;
  readonly outputs: (i: number) => string | undefined;
}

function linesOf({ layer, inputs, outputs }: Node, options: Settings): string[] {
  const shapes = (list: readonly SymbolicTensor[]): string => list.map(({ shape }) => shapeText(shape)).join(', ');
  const activation = options.showLayerActivations ? activationOf(layer) : undefined;
  return [
    (options.showLayerNames ? `${layer.name} (${layer.className})` : layer.className) + (activation ? `, ${activation}` : ''),
    ...(options.showShapes && inputs.length > 0 ? [`input: ${shapes(inputs)}`] : []),
    ...(options.showShapes ? [`output: ${shapes(outputs)}`] : []),
    ...(options.showTrainable && layer.weights.length > 0 ? [layer.trainable ? 'trainable' : 'not trainable'] : []),
    ...(options.showDtype ? [`dtype: ${outputs.map(({ dtype }) => dtype).join(', ')}`] : []),
  ];
}

/** The boxes, frames and arrows of a graph, put into `drawing`; the ends of those of its calls that are drawn. */
function addGraph(
  drawing: Drawing,
  graph: Graph,
  frame: string | undefined,
  options: Settings,
  layers?: readonly Layer[],
): Map<Node, Ends> {
  const ends = new Map<Node, Ends>();
  for (const node of graph.nodes) {
    const { layer } = node;
    if (layers && !layers.includes(layer)) continue;
    const id = `n${drawing.boxes.length + drawing.frames.length}`;
    const inner = options.expandNested && node.inputs.length > 0 && layer instanceof ModelStructure ? layer.calls : undefined;
    if (inner) {
      drawing.frames.push({ id, label: options.showLayerNames ? `${layer.name} (${layer.className})` : layer.className, frame });
      const inside = addGraph(drawing, inner, id, options);
      ends.set(node, {
        inputs: (i) => inside.get(inner.inputs[i]!.node)!.inputs(0),
        outputs: (i) => sourceOf(inner.outputs[i]!, inside),
      });
    } else {
      drawing.boxes.push({ id, lines: linesOf(node, options), frame });
      ends.set(node, { inputs: () => id, outputs: () => id });
    }
    node.inputs.forEach((input, i) => {
      const from = sourceOf(input, ends);
      const to = ends.get(node)!.inputs(i);
      if (from !== undefined && to !== undefined) drawing.arrows.push([from, to]);
    });
  }
  return ends;
}

const sourceOf = ({ node, history }: SymbolicTensor, ends: ReadonlyMap<Node, Ends>): string | undefined =>
  ends.get(node)?.outputs(history.tensorIndex);

function readDrawing(where: string, model: ModelStructure, options: Settings): Drawing {
  const graph = model.calls;
  if (!graph) {
    throw new ArgumentError({
      where,
      expected: 'a model with a known input shape',
      received: `${model.name}, not built`,
      hint: 'build it, or give it an input shape',
    });
  }
  const drawing: Drawing = { boxes: [], frames: [], arrows: [] };
  addGraph(drawing, graph, undefined, options, options.layerRange ? within(where, graph.layers, options.layerRange) : undefined);
  return drawing;
}

/** Places boxes so that few arrows cross, and writes the drawing. */
async function draw({ boxes, frames, arrows }: Drawing, rankdir: 'TB' | 'LR'): Promise<string> {
  const dagre = (await import('@dagrejs/dagre')) as unknown as Dagre;
  const layout = new dagre.graphlib.Graph({ multigraph: true, compound: true });
  layout.setGraph({ rankdir, nodesep: 30, ranksep: 36, marginx: 16, marginy: 20 });
  for (const { id, lines } of boxes) {
    const width = Math.max(...lines.map((line) => textWidth(line, FONT_SIZE))) + 2 * PADDING;
    layout.setNode(id, { width, height: lines.length * LINE + 2 * PADDING });
  }
  for (const { id } of frames) layout.setNode(id, { width: 0, height: 0 });
  for (const { id, frame } of [...boxes, ...frames]) if (frame !== undefined) layout.setParent(id, frame);
  arrows.forEach(([from, to], i) => layout.setEdge(from, to, {}, String(i)));
  dagre.layout(layout);
  const { width = 0, height = 0 } = layout.graph();
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${Math.ceil(height)}" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" font-family="${FONT}" font-size="${FONT_SIZE}">`,
    '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="#555555"/></marker></defs>',
    '<rect width="100%" height="100%" fill="white"/>',
  ];
  for (const { id } of frames) {
    const { x, y, width: w, height: h } = layout.node(id);
    parts.push(
      `<rect class="frame" x="${(x - w / 2).toFixed(1)}" y="${(y - h / 2).toFixed(1)}" width="${w.toFixed(1)}" height="${h.toFixed(1)}" rx="6" fill="none" stroke="#999999" stroke-dasharray="5 3"/>`,
    );
  }
  for (const edge of layout.edges()) {
    const { points } = layout.edge(edge);
    const line = points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join(' ');
    parts.push(`<path d="${line}" fill="none" stroke="#555555" marker-end="url(#tip)"/>`);
  }
  for (const { id, lines } of boxes) {
    const { x, y, width: w, height: h } = layout.node(id);
    parts.push(
      `<rect x="${(x - w / 2).toFixed(1)}" y="${(y - h / 2).toFixed(1)}" width="${w.toFixed(1)}" height="${h.toFixed(1)}" rx="4" fill="#f3f7fb" stroke="#1f77b4"/>`,
    );
    lines.forEach((line, i) => {
      const top = y - h / 2 + PADDING + (i + 0.75) * LINE;
      parts.push(
        `<text x="${x.toFixed(1)}" y="${top.toFixed(1)}" text-anchor="middle" fill="${i === 0 ? '#111111' : '#555555'}">${escape(line)}</text>`,
      );
    });
  }
  // above its frame, as there is no room within; arrows that cross it are interrupted
  for (const { id, label } of frames) {
    const { x, y, width: w, height: h } = layout.node(id);
    parts.push(
      `<text x="${(x - w / 2 + 2).toFixed(1)}" y="${(y - h / 2 - 5).toFixed(1)}" fill="#555555" stroke="white" stroke-width="5" stroke-linejoin="round" paint-order="stroke">${escape(label)}</text>`,
    );
  }
  return `${parts.join('\n')}\n</svg>\n`;
}

/**
 * Draws a model as a graph into a .png or .svg file: every layer with its name, class and shapes. After Keras' `plot_model`.
 *
 * @example
 * await utils.plotModel(model, 'model.svg', { showShapes: true });
 */
export async function plotModel(model: object, file: string, options: PlotModelOptions = {}): Promise<void> {
  const where = 'utils.plotModel';
  if (!(model instanceof ModelStructure)) throw new ArgumentError({ where, expected: 'a model', received: describe(model) });
  const settings = readOptions(where, options, {
    showShapes: optional(flag, true),
    showDtype: optional(flag, false),
    showLayerNames: optional(flag, true),
    showLayerActivations: optional(flag, false),
    showTrainable: optional(flag, false),
    rankdir: optional(oneOf('TB', 'LR'), 'TB'),
    expandNested: optional(flag, false),
    layerRange,
    dpi: optional(whole(1), DPI),
  });
  const kind = pictureKind(where, file, 'for example model.png');
  const svg = await draw(readDrawing(where, model, settings), settings.rankdir);
  await writeWhole(where, file, kind === 'svg' ? svg : await renderPng(svg, settings.dpi / SVG_DPI));
}
