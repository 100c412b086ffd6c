/**
 * What of Keras' surface is not here, or is not the same, and why: groups of patterns ('*' stands for anything) of what compare.ts finds. The
 * page docs/from-keras.md has this list; `npx tsx test/keras-surface/page.ts` writes it there.
 */
export interface Exceptions {
  readonly why: string;
  readonly names: readonly string[];
}

export const NAMES: readonly Exceptions[] = [
  {
    why: 'Tensors hold no text.',
    names: [
      'layers.StringLookup',
      'layers.Hashing',
      'layers.HashedCrossing',
      'layers.TextVectorization',
      'utils.FeatureSpace',
      'utils.text_dataset_from_directory',
    ],
  },
  {
    why: 'Sound files are not decoded: read them yourself and give the samples to `data.fromGenerator`.',
    names: ['utils.audio_dataset_from_directory'],
  },
  {
    why: 'There is one backend, so nothing wraps another library or chooses one.',
    names: [
      'layers.FlaxLayer',
      'layers.JaxLayer',
      'layers.TFSMLayer',
      'layers.TorchModuleWrapper',
      'callbacks.OrbaxCheckpoint',
      'config.backend',
      'config.set_backend',
      'config.is_nnx_enabled',
      'config.*flash_attention*',
    ],
  },
  {
    why: 'No complex numbers and no reading of the bits of a float; Fourier transforms take and give pairs of tensors.',
    names: ['ops.eig', 'ops.linalg.eig', 'ops.polar', 'ops.view*', 'ops.nextafter'],
  },
  {
    why: 'float32 and float64 only, without mixed precision, quantisation or LoRA.',
    names: ['config.dtype_policy', 'config.set_dtype_policy'],
  },
  { why: 'Bounding boxes are not taken by layers of images.', names: ['layers.MaxNumBoundingBoxes'] },
  {
    why: 'Networks with a page of their own: `vgg16`, `resnet50`, `mobileNetV2`; others are not written yet.',
    names: [
      'applications.ConvNeXt*',
      'applications.DenseNet*',
      'applications.EfficientNet*',
      'applications.Inception*',
      'applications.MobileNet',
      'applications.MobileNetV3*',
      'applications.NASNet*',
      'applications.ResNet101*',
      'applications.ResNet152*',
      'applications.ResNet50V2',
      'applications.VGG19',
      'applications.Xception',
    ],
  },
  {
    why: 'Tables of house prices are not among the data sets: read them with `data.csv`.',
    names: ['datasets.boston_housing', 'datasets.california_housing'],
  },
  {
    why: 'Classes of one’s own are made known with `layers.registerLayer` or given to `loadModel` as `customObjects`; objects become configs by `serialize` and come back by `deserialize`.',
    names: [
      'saving.*CustomObjectScope',
      'saving.custom_object_scope',
      'saving.*serialize*',
      'saving.get_*',
      'saving.register_*',
      'utils.CustomObjectScope',
      'utils.custom_object_scope',
      'utils.*serialize*',
      'utils.get_custom_objects',
      'utils.register_*',
      'utils.get_registered_*',
    ],
  },
  {
    why: 'Methods and functions of the package instead: `model.save`, `loadModel`, `model.saveWeights`, `model.loadWeights`; `node-cudnn inspect` looks into files.',
    names: ['saving.load_*', 'saving.save_*', 'saving.KerasFileEditor'],
  },
  {
    why: 'Plain arrays and objects need no functions for nested structures.',
    names: ['tree.*', 'utils.Config', 'utils.pack_x_y_sample_weight', 'utils.unpack_x_y_sample_weight'],
  },
  {
    why: 'Under another name: `input`, `customGradient`, `Tensor.dtype`, `await x.data()`, `ops.image.resize` with `cropToAspectRatio`, `ops.map`, a number for `seed`, `plotModel`.',
    names: [
      'layers.Input',
      'ops.custom_gradient',
      'ops.dtype',
      'ops.convert_to_numpy',
      'preprocessing.image.smart_resize',
      'ops.vectorize',
      'random.SeedGenerator',
      'utils.model_to_dot',
    ],
  },
  {
    why: 'Factories stand for the classes: `initializers.orthogonal`, `regularizers.orthogonal`, a function for a metric, an object with `at` for a schedule, a record for a map of optimizers, `losses.huber()` among the metrics.',
    names: [
      'initializers.*Initializer',
      'regularizers.OrthogonalRegularizer',
      'regularizers.orthogonal_regularizer',
      'metrics.MeanMetricWrapper',
      'metrics.binary_focal_crossentropy',
      'metrics.categorical_focal_crossentropy',
      'metrics.huber',
      'metrics.log_cosh',
      'optimizers.OptimizerMap',
      'optimizers.schedules.LearningRateSchedule',
    ],
  },
  {
    why: 'Settings of Keras’ own machinery: shapes are checked by types, errors keep their stack, `verbose` decides what is printed, the number that keeps logarithms finite is 1e-7.',
    names: [
      'layers.InputSpec',
      'config.*interactive_logging*',
      'config.*traceback_filtering*',
      'config.enable_unsafe_deserialization',
      'config.*epsilon',
      'config.*max_epochs',
      'config.*max_steps_per_epoch',
      'utils.*interactive_logging*',
      'utils.is_keras_tensor',
      'utils.get_source_inputs',
      'utils.standardize_dtype',
    ],
  },
  {
    why: 'Callbacks and `npm` packages do it: a bar is shown by `fit`, files are fetched with `fetch`.',
    names: ['utils.Progbar', 'utils.get_file'],
  },
  { why: 'The loss is `losses.ctc`; there is no decoder.', names: ['ops.ctc_loss', 'ops.ctc_decode'] },
];

export const OPTIONS: readonly Exceptions[] = [
  {
    why: 'float32 and float64 only, without mixed precision, quantisation or LoRA.',
    names: ['*(lora_rank)', '*(lora_alpha)', '*(quantization_config)', '*(gptq_unpacked_column_size)', 'layers.Layer(autocast)'],
  },
  { why: 'Losses compute in the dtype of the predictions, metrics gather in float32.', names: ['losses.*(dtype)', 'metrics.*(dtype)'] },
  {
    why: 'One process and one backend: nothing is synchronised, and no kernel is chosen by an option.',
    names: ['*(synchronized)', '*(flash_attention)', '*(use_cudnn)', '*(attn_logits_soft_cap)', '*(preferred_backend)', 'ops.scan(unroll)'],
  },
  { why: 'Tensors are dense.', names: ['*(sparse)', '*(ragged)'] },
  { why: 'Classes of one’s own come in `customObjects` of `loadModel`, not with each call.', names: ['*.deserialize(custom_objects)'] },
  {
    why: 'Inputs are made with `input`; every input of a model is given.',
    names: ['applications.*(input_tensor)', 'layers.InputLayer(input_tensor)', 'layers.InputLayer(optional)'],
  },
  { why: 'Weights are set with `setWeights` after `build`.', names: ['layers.Embedding(weights)'] },
  { why: 'Event files have scalars, histograms and images; the graph is drawn by `utils.plotModel`.', names: ['callbacks.TensorBoard(*'] },
  { why: '`fit` makes its list of callbacks itself.', names: ['callbacks.CallbackList(*'] },
  { why: 'Files lie in one cache folder, `datasets.cacheDirectory()`.', names: ['datasets.*(path)'] },
  {
    why: 'Data come as they do here: as data sets of this library, silently; threads are those of `data` pipelines.',
    names: ['utils.*(format)', 'utils.*(verbose)', 'utils.PyDataset(*', 'utils.clear_session(free_memory)'],
  },
  {
    why: 'The file is the second argument of `plotModel`; arrows are straight lines.',
    names: ['utils.plot_model(to_file)', 'utils.plot_model(splines)'],
  },
  {
    why: 'Numbers begin and end these rows; a step between them is (stop - start) / (num - 1).',
    names: ['ops.*space(axis)', 'ops.linspace(retstep)'],
  },
  {
    why: 'Given by position under another name, or worked out by a step of its own.',
    names: [
      'ops.where(x*)',
      'ops.select(default)',
      'ops.jvp(has_aux)',
      'ops.linalg.jvp(has_aux)',
      'ops.scan(length)',
      'ops.unique(*',
      'metrics.binary_crossentropy(axis)',
      'losses.circle(ref_*',
    ],
  },
];

export const MEMBERS: readonly Exceptions[] = [
  {
    why: 'float32 and float64 only, without mixed precision, quantisation or LoRA.',
    names: [
      '*.quantiz*',
      '*.get_quantization_layer_structure',
      '*.dtype_policy',
      '*.input_dtype',
      'Loss.dtype',
      '*(autocast)',
      '*(auto_scale_loss)',
    ],
  },
  {
    why: 'Objects keep their state: there is nothing that JAX’ functions without state would be for, and nothing is distributed.',
    names: [
      '*.stateless_*',
      '*.jax_state_sync',
      '*.*_state_tree',
      '*.compute_loss_and_updates',
      '*(aggregation)',
      'Variable.aggregation',
      'Variable.synchronization',
      '*overwrite_with_gradient*',
      '*.rematerialized_call',
      '*.symbolic_call',
      '*.compute_output_spec',
    ],
  },
  { why: 'Steps are captured by `fit` itself.', names: ['*(jit_compile)', '*.jit_compile', 'Model.make_*_function'] },
  { why: '`evaluate`, `trainOnBatch` and `testOnBatch` always give an object by name.', names: ['*(return_dict)'] },
  {
    why: 'What is in files is decided by the format: `saveWeights`, `save`, `export` have options of their own.',
    names: [
      '*.load_own_variables',
      '*.save_own_variables',
      '*.build_from_config',
      '*.get_build_config',
      'Model.export(*',
      'Model.save(zipped)',
      'Model.save_weights(max_shard_size)',
    ],
  },
  {
    why: 'Layers say what they take by types and in `computeOutputShape`; weights are made by `addWeight`, those of metrics by `addVariable`; names need no path.',
    names: [
      '*.input_spec',
      '*.path',
      'Model.add_variable',
      'Layer.add_variable',
      'Layer.metrics*',
      'Metric.add_weight',
      'Metric.add_variable(dtype)',
    ],
  },
  {
    why: 'Given by position, or under the name beside it: `getLayer(nameOrIndex)`, `excludeFromWeightDecay({ variables, names })`, `optimizer.apply(gradients, variables)`; `computeLoss` is told by `forward` whether it trains.',
    names: [
      'Model.get_layer(*',
      'Optimizer.exclude_from_weight_decay(*',
      'Optimizer.apply(*',
      'Model.compute_loss(training)',
      'Model.summary(positions)',
    ],
  },
  { why: 'Classes of one’s own come in `customObjects` of `loadModel`, not with each call.', names: ['*.from_config(custom_objects)'] },
  { why: 'A sequential model is built again by itself.', names: ['Sequential.*(rebuild)'] },
  {
    why: 'An optimizer of one’s own says its slots in `slotsOf` and its step in `update`.',
    names: ['Optimizer.add_*', 'Optimizer.assign*', 'Optimizer.update_step', 'Optimizer.set_weights'],
  },
  {
    why: 'A variable is a tensor: `rank`, `await x.data()`, itself; weights have `constraint` and `regularizer`.',
    names: ['Variable.ndim', 'Variable.numpy', 'Variable.value', 'Variable.constraint', 'Variable.regularizer'],
  },
  { why: 'A schedule is any object with `at(iteration)` and `getConfig()`.', names: ['LearningRateSchedule.*'] },
];

export const DEFAULTS: readonly Exceptions[] = [
  {
    why: 'Bases of classes have no defaults of their own.',
    names: [
      'constraints.Constraint: *',
      'initializers.Initializer: *',
      'layers.Wrapper: *',
      'layers.Layer(*',
      'losses.Loss(name): *',
      'metrics.Metric(name): *',
    ],
  },
  {
    why: 'The same in another form: one number for all axes or from -f to f, the layer that goes backwards made of the other, a seed that Keras draws.',
    names: [
      'layers.Bidirectional(backward_layer): *',
      'layers.EinsumDense(output_shape): *',
      'layers.RandomBrightness(factor): *',
      'layers.RandomContrast(factor): *',
      'layers.RandomRotation(factor): *',
      'layers.RandomShear(*',
      'layers.RandomCrop(seed): *',
      'layers.Pipeline(*',
    ],
  },
  {
    why: 'One number f is from 0 to f, as Keras’ documentation has it; its code draws from -f to f.',
    names: ['layers.RandomColorDegeneration(factor): *', 'layers.RandomSaturation(factor): *'],
  },
  {
    why: 'Losses have their names in camelCase, optimizers and schedules short ones, in figures and messages only.',
    names: ['losses.*(name): *', 'optimizers.*(name): *', 'layers.GroupQueryAttention(name): *'],
  },
  { why: 'Counts are whole numbers of 64 bits in files, as TensorFlow has them.', names: ['metrics.*IoU(dtype): "int32", "int64"'] },
];

/** Whether a pattern covers a finding. */
export function covers(pattern: string, finding: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(finding);
}
