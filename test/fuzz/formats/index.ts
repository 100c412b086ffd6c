/** The kinds of files that the fuzzer knows. */
import type { FuzzFormat } from '../format.js';
import { broken } from './broken.js';
import { h5, weightsH5 } from './h5.js';
import { keras } from './keras.js';
import { onnx } from './onnx.js';
import { safetensors } from './safetensors.js';
import { tfjs } from './tfjs.js';

export const formats: readonly FuzzFormat[] = [safetensors, keras, h5, weightsH5, tfjs, onnx];

export function formatNamed(name: string): FuzzFormat {
  const found = [...formats, broken].find((format) => format.name === name);
  if (!found) throw new Error(`fuzz: expected one of ${formats.map((format) => format.name).join(', ')}, got ${name}`);
  return found;
}
