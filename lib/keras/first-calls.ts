/**
 * In graphs that Keras 2 and TensorFlow.js wrote, the calls of a model within a model count from 1: the first one is that which made the model.
 * Here, as in Keras 3, they count from 0.
 */
type Reference = [string, number, number];

interface Called {
  readonly name: string;
  readonly inboundNodes: readonly { readonly inputs: readonly { readonly from: readonly [string, number, number] }[] }[];
}

/** Changes references that count from 1, in the nodes of all layers and in `outputs`. */
export function countFromZero(layers: readonly Called[], outputs: readonly Reference[]): void {
  const references = [
    ...layers.flatMap(({ inboundNodes }) => inboundNodes.flatMap(({ inputs }) => inputs.map(({ from }) => from))),
    ...outputs,
  ];
  const byName = new Map<string, Reference[]>();
  for (const one of references as Reference[]) byName.set(one[0], [...(byName.get(one[0]) ?? []), one]);
  for (const { name, inboundNodes } of layers) {
    const found = [...new Set(byName.get(name))];
    const [least, most] = [Math.min(...found.map((one) => one[1])), Math.max(...found.map((one) => one[1]))];
    if (least >= 1 && most === inboundNodes.length) for (const one of found) one[1] -= 1;
  }
}
