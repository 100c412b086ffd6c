/** Files that Keras wrote (python/generate.py; python/generate_older.py: Keras 2): the models answer here as there, and their training goes on with the same numbers. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { loadModel, type Model } from '../../lib/index.js';
import { goesOnAs, readArrays } from './round-trip.js';
import { standardize, tutorials } from './tutorials.js';

const folder = path.join(__dirname, 'python', 'files');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.safetensors'))
  .map((file) => path.basename(file, '.safetensors'));
describe("Keras' files", () => {
  it('are those of the five tutorials, of every layer, and those of Keras 2', () => {
    assert.deepEqual(names.toSorted(), [...Object.keys(tutorials), 'every-layer', 'older', 'oldest'].toSorted());
  });

  for (const name of names) {
    const at = (ending: string): string => path.join(folder, `${name}${ending}`);

    for (const ending of name.startsWith('old') ? ['.h5'] : ['.keras', '.h5']) {
      it(`${name}${ending}: predictions, and the next five steps`, async () => {
        using model = (await loadModel(at(ending), { customObjects: { standardize } })) as Model & Disposable;
        await goesOnAs(model, await readArrays(at('.safetensors')));
      });
    }

    if (existsSync(at('.weights.h5'))) {
      it(`${name}.weights.h5: predictions, and the next five steps`, async () => {
        using model = tutorials[name]!() as Model & Disposable;
        await model.loadWeights(at('.weights.h5'));
        await goesOnAs(model, await readArrays(at('.safetensors')));
      });
    }
  }
});
