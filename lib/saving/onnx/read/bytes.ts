/**
 * From bytes to messages. Before anything is made of them, the bytes are walked through: a message of two bytes becomes an object of a
 * hundred, so that their number has a limit, and so has their nesting. What is wrong is a FormatError with its place.
 */
import { FormatError } from '../../../errors.js';
import { messageType, type ModelMessage, nested } from '../messages.js';

/** How deep messages may stand in each other; models without branches need six. */
const DEEPEST = 32;

/** As many messages as a file of this size may have: one for each sixteen bytes, and some. */
function mostMessages(size: number): number {
  return 10_000 + size / 16;
}

class Walk {
  private messages = 0;

  constructor(
    private readonly file: string,
    private readonly bytes: Uint8Array,
  ) {}

  private refuse(expected: string, received: string, at: number): FormatError {
    return new FormatError({
      where: `${this.file}, byte ${at}`,
      expected,
      received,
      hint: 'the file is damaged, or not in the ONNX format',
    });
  }

  private varint(at: number, end: number): [number, number] {
    let [value, factor] = [0, 1];
    for (let i = at; i < Math.min(end, at + 10); i++) {
      const byte = this.bytes[i]!;
      value += (byte & 127) * factor;
      if (byte < 128) return [value, i + 1];
      factor *= 128;
    }
    throw this.refuse('a number', 'one that does not end', at);
  }

  /** Walks through a message from one byte to before another. */
  message(type: string, begin: number, end: number, depth = 0): void {
    if (depth > DEEPEST) throw this.refuse(`at most ${DEEPEST} messages in each other`, 'more', begin);
    if (++this.messages > mostMessages(this.bytes.byteLength)) throw this.refuse('a model', 'a file of nothing but empty messages', begin);
    const parts = nested.get(type)!;
    for (let at = begin; at < end;) {
      const [tag, after] = this.varint(at, end);
      const [field, wire] = [Math.floor(tag / 8), tag % 8];
      if (field === 0) throw this.refuse('a field', 'one of the number 0', at);
      let next: number;
      if (wire === 0) [, next] = this.varint(after, end);
      else if (wire === 1) next = after + 8;
      else if (wire === 5) next = after + 4;
      else if (wire === 2) {
        const [length, from] = this.varint(after, end);
        next = from + length;
        const inner = parts.get(field);
        if (inner !== undefined && next <= end) this.message(inner, from, next, depth + 1);
      } else throw this.refuse('a field', `one of the kind ${wire}`, at);
      if (next > end) throw this.refuse(`${next - end} bytes more`, 'the end', end);
      at = next;
    }
  }
}

/** The model of a file, or a FormatError. */
export async function decodeModel(file: string, bytes: Uint8Array): Promise<ModelMessage> {
  new Walk(file, bytes).message('Model', 0, bytes.byteLength);
  const type = await messageType('Model');
  try {
    const message = type.toObject(type.decode(bytes), { longs: Number, arrays: true }) as Partial<ModelMessage>;
    return { irVersion: 0, producerName: '', producerVersion: '', opsetImport: [], ...message };
  } catch (cause) {
    throw new FormatError({
      where: file,
      expected: 'a model in the ONNX format',
      received: cause instanceof Error ? cause.message : String(cause),
      hint: 'the file is damaged',
      cause,
    });
  }
}
