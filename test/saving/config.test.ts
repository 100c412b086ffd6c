/** Configs that Keras 3.15 wrote, read and written again: every layer, every form of model, every optimizer, loss and metric. */
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FormatError, modelFromJSON } from '../../lib/index.js';
import type { Json, JsonObject } from '../../lib/keras/json.js';
import { layerClass } from '../../lib/layers/registry.js';
import { compileFromKeras, kerasCompileConfig } from '../../lib/saving/compile-config.js';

const read = (file: string): Record<string, JsonObject> =>
  JSON.parse(readFileSync(path.join(__dirname, 'keras', file), 'utf8')) as Record<string, JsonObject>;
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

/** The placeholders that a value of Keras' config names. */
function tensorsIn(value: unknown, found = new Map<string, JsonObject>()): Map<string, JsonObject> {
  if (typeof value !== 'object' || value === null) return found;
  const { class_name: name, config } = value as { class_name?: string; config?: JsonObject };
  if (name === '__keras_tensor__') found.set((config!['keras_history'] as [string])[0], config!);
  else for (const part of Object.values(value)) tensorsIn(part, found);
  return found;
}

/** A model around one layer. */
function around(layer: JsonObject): JsonObject {
  const tensors = tensorsIn(layer['inbound_nodes']);
  const inputs = [...tensors].map(([name, { shape, dtype }]) => ({
    module: 'keras.layers',
    class_name: 'InputLayer',
    config: { batch_shape: shape!, dtype: dtype!, sparse: false, ragged: false, name, optional: false },
    registered_name: null,
    name,
    inbound_nodes: [],
  }));
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {
      name: 'model',
      trainable: true,
      layers: [...inputs, layer],
      input_layers: [...tensors.keys()].map((name) => [name, 0, 0]),
      output_layers: ['layer', 0, 0],
    },
    registered_name: 'Functional',
  };
}

/** What differs though the meaning is the same: arguments that Keras notes by itself, places of arguments, numbers of float32. */
function normal(value: Json, key = ''): Json {
  if (typeof value === 'number') return key === 'learning_rate' ? Math.fround(value) : value === 0 ? 0 : value;
  // There are no integers of 64 bits here.
  if (key === 'dtype' && value === 'int64') return 'int32';
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((part) => normal(part));
  const entries = Object.entries(value as JsonObject).filter(([name]) => !(key === 'kwargs' && (name === 'training' || name === 'mask')));
  return Object.fromEntries(entries.map(([name, part]) => [name, normal(part, name)]));
}

/** Layers whose further tensors Keras was given by place, which are written by name here. */
const BY_PLACE = new Set(['GRU.initial-state', 'LSTM.initial-state', 'GRUCell.step', 'LSTMCell.step', 'SimpleRNNCell.step']);

describe('Configs of Keras 3.15', () => {
  for (const [name, layer] of Object.entries(read('layers.json'))) {
    if (!layerClass(layer['class_name'] as string)) continue;
    it(`layer ${name}`, () => {
      using model = modelFromJSON(around(layer));
      const written = plain(model) as { config: { layers: JsonObject[] } };
      const got = written.config.layers.find((one) => one['name'] === 'layer')!;
      if (BY_PLACE.has(name)) assert.deepEqual(normal(got['config']!), normal(layer['config']!));
      else assert.deepEqual(normal(got), normal(layer));
    });
  }

  for (const [name, json] of Object.entries(read('models.json'))) {
    it(`model ${name}`, () => {
      if (name === 'operations') return assert.throws(() => modelFromJSON(json), FormatError);
      using model = modelFromJSON(json);
      const written = plain(model);
      // Masks are made by ops in Keras' graphs; here tensors bring them.
      if (name === 'masked-sequence') return assert.equal(model.layers.length, 5);
      // Arguments by keyword are written by place.
      if (name === 'attention-by-keyword') {
        const { inbound_nodes: _, ...got } = (written as { config: { layers: JsonObject[] } }).config.layers[2]!;
        const { inbound_nodes: __, ...wanted } = (json['config'] as { layers: JsonObject[] }).layers[2]!;
        return assert.deepEqual(got, wanted);
      }
      // A call by names is written as one with a list.
      if (name === 'nested-by-name') return assert.deepEqual(written, plain(modelFromJSON(written as object)));
      assert.deepEqual(normal(written), normal(json));
    });
  }

  const models = read('models.json');
  for (const [name, { model: of, compile }] of Object.entries(read('compile.json'))) {
    it(`compile ${name}`, () => {
      using model = modelFromJSON(models[of as string]!);
      compileFromKeras(model, compile!);
      assert.deepEqual(normal(plain(kerasCompileConfig(model))), normal(compile!));
    });
  }
});
