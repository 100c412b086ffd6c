/** A model drawn as a graph: its layers as boxes, arrows where one feeds another. */
import { ArgumentError } from '../errors.js';
import { writeWhole } from '../io/files.js';
import type { Layer } from '../layers/layer.js';
import { ModelStructure } from '../models/structure.js';
import { shapeText } from '../models/summary.js';
import { describe, flag, oneOf, optional, readOptions } from '../options/index.js';
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
}

interface Box {
  id: string;
  lines: string[];
}

interface Drawing {
  boxes: Box[];
  arrows: [string, string][];
}

/** What is used of dagre; its own declarations do not resolve from a CommonJS module. */
interface Layout {
  setGraph(options: object): void;
  setNode(id: string, size: { width: number; height: number }): void;
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

const FONT_SIZE = 13;
const LINE = 18;
const PADDING = 10;

function activationOf(layer: Layer): string | undefined {
  const { activation } = layer.getConfig();
  return typeof activation === 'string' ? activation : undefined;
}

function readDrawing(model: ModelStructure, options: Required<PlotModelOptions>): Drawing {
  const graph = model.calls;
  if (!graph) {
    throw new ArgumentError({
      where: 'utils.plotModel',
      expected: 'a model with a known input shape',
      received: `${model.name}, not built`,
      hint: 'build it, or give it an input shape',
    });
  }
  const ids = new Map(graph.nodes.map((node, i) => [node, `n${i}`]));
  const boxes = graph.nodes.map((node): Box => {
    const { layer } = node;
    const shapes = (list: readonly { shape: readonly (number | null)[] }[]) => list.map(({ shape }) => shapeText(shape)).join(', ');
    const activation = options.showLayerActivations ? activationOf(layer) : undefined;
    return {
      id: ids.get(node)!,
      lines: [
        (options.showLayerNames ? `${layer.name} (${layer.className})` : layer.className) + (activation ? `, ${activation}` : ''),
        ...(options.showShapes && node.inputs.length > 0 ? [`input: ${shapes(node.inputs)}`] : []),
        ...(options.showShapes ? [`output: ${shapes(node.outputs)}`] : []),
        ...(options.showTrainable && layer.weights.length > 0 ? [layer.trainable ? 'trainable' : 'not trainable'] : []),
        ...(options.showDtype ? [`dtype: ${node.outputs.map(({ dtype }) => dtype).join(', ')}`] : []),
      ],
    };
  });
  const arrows = graph.nodes.flatMap((node) => node.inputs.map(({ node: from }): [string, string] => [ids.get(from)!, ids.get(node)!]));
  return { boxes, arrows };
}

/** Places boxes so that few arrows cross, and writes the drawing. */
async function draw({ boxes, arrows }: Drawing, rankdir: 'TB' | 'LR'): Promise<string> {
  const dagre = (await import('@dagrejs/dagre')) as unknown as Dagre;
  const layout = new dagre.graphlib.Graph({ multigraph: true });
  layout.setGraph({ rankdir, nodesep: 30, ranksep: 36, marginx: 16, marginy: 16 });
  for (const { id, lines } of boxes) {
    const width = Math.max(...lines.map((line) => textWidth(line, FONT_SIZE))) + 2 * PADDING;
    layout.setNode(id, { width, height: lines.length * LINE + 2 * PADDING });
  }
  arrows.forEach(([from, to], i) => layout.setEdge(from, to, {}, String(i)));
  dagre.layout(layout);
  const { width = 0, height = 0 } = layout.graph();
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${Math.ceil(height)}" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" font-family="${FONT}" font-size="${FONT_SIZE}">`,
    '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="#555555"/></marker></defs>',
    '<rect width="100%" height="100%" fill="white"/>',
  ];
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
  });
  const kind = pictureKind(where, file, 'for example model.png');
  const svg = await draw(readDrawing(model, settings), settings.rankdir);
  await writeWhole(where, file, kind === 'svg' ? svg : await renderPng(svg));
}
