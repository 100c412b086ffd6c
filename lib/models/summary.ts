/** The table that `summary` prints, with the words, widths and boxes of Keras. */
import { ArgumentError } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import type { BatchShape, Node } from '../layers/symbolic.js';
import { flag, optional, readOptions, whole } from '../options/index.js';
import { dtypeBytes } from '../tensor/dtype.js';
import type { Variable } from '../tensor/variable.js';
import type { Graph } from './graph.js';
import { layerRange, within } from './layer-range.js';
import type { ModelStructure } from './structure.js';
import { type Align, renderTable } from './table.js';

/** Options of `model.summary`. */
export interface SummaryOptions {
  /** Width of the table; 88, or what the terminal has. */
  lineLength?: number;
  /** Takes the text; by default it goes to standard output. */
  printFn?: (text: string) => void;
  /** Whether the layers of models that are layers are listed too. */
  expandNested?: boolean;
  /** Whether a column says which layers are trainable. */
  showTrainable?: boolean;
  /** The first and the last layer to list, by their names or patterns of them. */
  layerRange?: readonly [first: string, last: string] | null;
}

/** Number of numbers in variables. */
function countOf(variables: readonly Variable[]): number {
  return variables.reduce((sum, variable) => sum + variable.size, 0);
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

function memoryText(variables: readonly Variable[]): string {
  let size = variables.reduce((sum, variable) => sum + variable.size * dtypeBytes[variable.dtype], 0);
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size.toFixed(2)} ${UNITS[unit]}`;
}

const thousands = (count: number): string => count.toLocaleString('en-US');

/** A shape as Keras prints it. */
export function shapeText(shape: BatchShape): string {
  const dims = shape.map((dim) => dim ?? 'None');
  return dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(', ')})`;
}

function outputText(layer: Layer): string {
  const shapes = outputShapes(layer);
  if (!shapes) return '?';
  return shapes.length === 1 ? shapeText(shapes[0]!) : `[${shapes.map(shapeText).join(', ')}]`;
}

/** Of the last call; for a model that was not applied, of its own outputs. */
function outputShapes(layer: Layer): readonly BatchShape[] | undefined {
  const node = layer.inboundNodes.at(-1);
  if (node) return node.outputs.map((output) => output.shape);
  return undefined;
}

/** Whether the layers follow each other one by one, so that connections need no column. */
function isChain(graph: Graph): boolean {
  const nodes = graph.nodes;
  const depths = new Map<Node, number>();
  for (const node of [...nodes].reverse()) {
    const depth = depths.get(node) ?? 0;
    for (const input of node.inputs) depths.set(input.node, Math.max(depths.get(input.node) ?? 0, depth + 1));
    depths.set(node, depth);
  }
  const distinct = new Set(depths.values());
  const single = nodes.every((node) => node.inputs.length <= 1);
  return single && distinct.size === nodes.length && new Set(nodes.map((node) => node.layer)).size === nodes.length;
}

function connectionText(layer: Layer, graph: Graph): string {
  const inputs = graph.nodes
    .filter((node) => node.layer === layer)
    .sort((a, b) => order(a) - order(b))
    .flatMap((node) => node.inputs);
  if (inputs.length === 0) return '-';
  return inputs.map(({ history }) => `${history.layer.name}[${history.nodeIndex}][${history.tensorIndex}]`).join(', ');
}

function order(node: Node): number {
  return node.layer.inboundNodes.indexOf(node);
}

function defaultLength(longest: number): number {
  return Math.min(longest, (process.stdout.columns ?? 80) - 4);
}

const readers = {
  lineLength: optional(whole(1), 0),
  printFn: (value: unknown): unknown => value,
  expandNested: optional(flag, false),
  showTrainable: optional(flag, false),
  layerRange,
};

/** @internal The whole text, as it is printed. */
export function summaryText(model: ModelStructure, graph: Graph | undefined, options: SummaryOptions): string {
  const { lineLength, expandNested, showTrainable, layerRange: range } = readOptions('summary', options, readers);
  const connections = graph !== undefined && model.className !== 'Sequential' && !isChain(graph) ? graph : undefined;

  let ends = connections ? [0.3, 0.56, 0.74, 1] : [0.45, 0.8, 1];
  const header = ['Layer (type)', 'Output Shape', 'Param #', ...(connections ? ['Connected to'] : [])];
  const align: Align[] = ['left', 'left', 'right', ...(connections ? (['left'] as const) : [])];
  let longest = connections ? 108 : 88;
  if (showTrainable) {
    longest += 12;
    ends = [...ends.map((end) => end * 0.9), 1];
    header.push('Trainable');
    align.push('center');
  }
  const length = lineLength || defaultLength(longest);
  const widths: number[] = [];
  let used = 0;
  for (const end of ends) {
    const width = Math.trunc(end * length) - used;
    if (width < 4) {
      throw new ArgumentError({
        where: 'summary lineLength',
        expected: 'room for the table',
        received: String(length),
        hint: 'use 40 or more',
      });
    }
    widths.push(width);
    used += width;
  }

  const rows: string[][] = [];
  const list = (layers: readonly Layer[], depth: number): void => {
    for (const layer of layers) {
      const prefix = depth > 0 ? `${'   '.repeat(depth)}└ ` : '';
      const count = layer.built ? thousands(layer.countParams()) : '0 (unbuilt)';
      const row = [`${prefix}${layer.name} (${layer.className})`, outputText(layer), count];
      if (connections) row.push(connectionText(layer, connections));
      if (showTrainable) row.push(layer.weights.length === 0 ? '-' : layer.trainable ? 'Y' : 'N');
      rows.push(row);
      const nested = (layer as Partial<ModelStructure>).layers;
      if (expandNested && nested) list(nested, depth + 1);
    }
  };
  list(within('summary', model.layers, range), 0);

  const line = (label: string, variables: readonly Variable[]): string =>
    ` ${label}: ${thousands(countOf(variables))} (${memoryText(variables)})`;
  const optimizer = model.optimizerVariables;
  return [
    `Model: "${model.name}"`,
    ...renderTable(header, rows, widths, align, length),
    line('Total params', [...model.weights, ...optimizer]),
    line('Trainable params', model.trainableWeights),
    line('Non-trainable params', model.nonTrainableWeights),
    ...(optimizer.length > 0 ? [line('Optimizer params', optimizer)] : []),
    '',
  ].join('\n');
}
