/** Recurrent layers and their cells. */
export { bidirectional, Bidirectional, type BidirectionalOptions, type MergeMode } from './bidirectional.js';
export { RNNCell } from './cell.js';
export { convLstm1d, ConvLSTM1D, type ConvLSTM1dOptions } from './conv-lstm1d.js';
export { convLstm2d, ConvLSTM2D, type ConvLSTM2dOptions } from './conv-lstm2d.js';
export { convLstm3d, ConvLSTM3D, type ConvLSTM3dOptions } from './conv-lstm3d.js';
export { type CellOptions, type GatedOptions } from './gates.js';
export { gru, GRU, gruCell, GRUCell, type GRUCellOptions, type GRUOptions } from './gru.js';
export { lstm, LSTM, lstmCell, LSTMCell, type LSTMCellOptions, type LSTMOptions } from './lstm.js';
export { rnn, RNN, type RNNOptions, type SequenceOptions } from './rnn.js';
export { simpleRnn, SimpleRNN, simpleRnnCell, SimpleRNNCell, type SimpleRNNOptions } from './simple-rnn.js';
export { stackedRnnCells, StackedRNNCells, type StackedRNNCellsOptions } from './stacked.js';
export { timeDistributed, TimeDistributed, type TimeDistributedOptions } from './time-distributed.js';
