/** The `callbacks` namespace. */
export { BackupAndRestore, backupAndRestore, type BackupAndRestoreOptions } from './backup-and-restore.js';
export { Callback, CallbackList, type CallbackState, type Logs, type TrainedModel, type TrainParams } from './callback.js';
export { CSVLogger, csvLogger, type CSVLoggerOptions } from './csv-logger.js';
export { EarlyStopping, earlyStopping, type EarlyStoppingOptions } from './early-stopping.js';
export { History } from './history.js';
export { LambdaCallback, lambdaCallback, type LambdaHooks } from './lambda-callback.js';
export {
  LearningRateScheduler,
  learningRateScheduler,
  ReduceLROnPlateau,
  reduceLROnPlateau,
  type ReduceLROnPlateauOptions,
} from './learning-rate.js';
export { ModelCheckpoint, modelCheckpoint, type ModelCheckpointOptions } from './model-checkpoint.js';
export { RemoteMonitor, remoteMonitor, type RemoteMonitorOptions } from './remote-monitor.js';
export { ProgbarLogger, progbarLogger } from './progbar-logger.js';
export { TensorBoard, tensorBoard, type TensorBoardOptions } from './tensor-board.js';
export { TerminateOnNaN, terminateOnNaN, type TerminateOnNaNOptions } from './terminate-on-nan.js';
export { SwapEMAWeights, swapEMAWeights, type SwapEMAWeightsOptions } from './swap-ema-weights.js';
