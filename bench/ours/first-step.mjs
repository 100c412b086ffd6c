// How long a script takes from its start to the end of its first training step, and where the time goes.
const atStart = performance.now();
const { buildModel, randomData } = await import('./model.mjs');
const imported = performance.now();
const spec = JSON.parse(process.argv[2]);
const { x, y } = randomData(spec, spec.batch);
const model = buildModel(spec);
const built = performance.now();
const result = await model.trainOnBatch(x, y);
const stepped = performance.now();
const loss = Array.isArray(result) ? result[0] : typeof result === 'number' ? result : result.loss;
const parts = { nodeMs: atStart, importMs: imported - atStart, buildMs: built - imported, stepMs: stepped - built };
process.stdout.write(`bench ${JSON.stringify({ ...parts, loss })}\n`);
