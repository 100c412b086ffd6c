// A training step as fit captures it: batches taken on the device, two dense layers with dropout, Adam, metrics added up in place.
#pragma once

#include <algorithm>
#include <numeric>
#include <random>

#include "program_rig.h"

namespace nn {
namespace training_step {

constexpr int64_t kRows = 96, kFeatures = 10, kHidden = 32, kClasses = 3, kBatch = 16;

enum : int32_t {
  kW1 = 1,
  kB1,
  kW2,
  kB2,
  kSlots = 10,
  kTotalLoss = 20,
  kTotalRight,  // variables and accumulators
  kX = 30,
  kY,
  kOrder,  // inputs
  kPosition = 40,
  kRate,
  kStep,
  kRng,
  kShare,  // uniforms
};

struct Parameter {
  int32_t handle;
  std::vector<int64_t> dims;
};
const Parameter kParameters[] = {{kW1, {kFeatures, kHidden}}, {kB1, {kHidden}}, {kW2, {kHidden, kClasses}}, {kB2, {kClasses}}};

inline ProgramSpec step_spec() {
  ProgramSpec spec;
  spec.inputs = {
      {kX, make_tensor(NN_FLOAT32, {kRows, kFeatures})}, {kY, make_tensor(NN_INT32, {kRows})}, {kOrder, make_tensor(NN_INT32, {kRows})}};
  spec.uniforms = {{kPosition, make_tensor(NN_INT32, {})},
                   {kRate, make_tensor(NN_FLOAT64, {})},
                   {kStep, make_tensor(NN_FLOAT64, {})},
                   {kRng, make_tensor(NN_INT32, {4})},
                   {kShare, make_tensor(NN_FLOAT32, {})}};
  std::vector<int32_t> dropout = float_words({0.25});
  dropout.insert(dropout.begin(), 5);
  const std::vector<int64_t> hidden{kBatch, kHidden}, logits{kBatch, kClasses};
  Words w;
  w.op("gatherRows", {kX, kOrder, kPosition}, {{100, NN_FLOAT32, {kBatch, kFeatures}}});
  w.op("gatherRows", {kY, kOrder, kPosition}, {{101, NN_INT32, {kBatch}}});
  w.op("matmul", {100, kW1}, {{102, NN_FLOAT32, hidden}}, {0, 0, 0});
  w.op("add", {102, kB1}, {{103, NN_FLOAT32, hidden}});
  w.op("relu", {103}, {{104, NN_FLOAT32, hidden}});
  w.op("dropout", {104, kRng}, {{105, NN_FLOAT32, hidden}}, dropout);
  w.op("matmul", {105, kW2, kB2}, {{106, NN_FLOAT32, logits}}, {0, 0, 0});
  w.op("sparseSoftmaxCrossEntropy", {106, 101}, {{107, NN_FLOAT32, {kBatch}}});
  w.op("mean", {107}, {{108, NN_FLOAT32, {}}}, {1});
  w.op("broadcastTo", {kShare}, {{109, NN_FLOAT32, {kBatch}}});
  w.op("sparseSoftmaxCrossEntropyGrad", {106, 101, 109}, {{110, NN_FLOAT32, logits}});
  w.op("matmul", {105, 110}, {{111, NN_FLOAT32, {kHidden, kClasses}}}, {1, 0, 0});
  w.op("sum", {110}, {{112, NN_FLOAT32, {kClasses}}}, {1});
  w.op("matmul", {110, kW2}, {{113, NN_FLOAT32, hidden}}, {0, 1, 0});
  w.op("dropout", {113, kRng}, {{114, NN_FLOAT32, hidden}}, dropout);
  w.op("reluGrad", {104, 114}, {{115, NN_FLOAT32, hidden}});
  w.op("matmul", {100, 115}, {{116, NN_FLOAT32, {kFeatures, kHidden}}}, {1, 0, 0});
  w.op("sum", {115}, {{117, NN_FLOAT32, {kHidden}}}, {1});
  std::vector<int32_t> adam{4};
  for (int32_t word : float_words({0.9, 0.999, 1e-7})) adam.push_back(word);
  adam.push_back(0);
  for (int32_t word : float_words({0.0})) adam.push_back(word);
  std::vector<Words::Out> changed;
  for (const Parameter& parameter : kParameters) changed.push_back({parameter.handle});
  for (int32_t slot = 0; slot < 8; slot++) changed.push_back({kSlots + slot});
  w.op("adamUpdate", {kRate, kStep, 116, 117, 111, 112}, changed, adam);
  w.op("argmax", {106}, {{118, NN_INT32, {kBatch}}}, {1});
  w.op("equal", {118, 101}, {{119, NN_BOOL, {kBatch}}});
  w.op("cast", {119}, {{120, NN_FLOAT32, {kBatch}}});
  w.op("sum", {120}, {{121, NN_FLOAT32, {}}}, {1});
  w.op("add", {kTotalRight, 121}, {{kTotalRight}});
  w.op("add", {kTotalLoss, 108}, {{kTotalLoss}});
  w.free({100, 101, 102, 103, 104, 105, 106, 107, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121});
  spec.words = w.get();
  spec.outputs = {108};
  return spec;
}

inline void put_all(Rig& rig) {
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  auto some = [&](int64_t n, float scale) {
    std::vector<float> values;
    for (int64_t i = 0; i < n; i++) values.push_back(scale * normal(random));
    return values;
  };
  int32_t slot = kSlots;
  for (int copy = 0; copy < 2; copy++) {
    for (const Parameter& parameter : kParameters) {
      int64_t size = make_tensor(NN_FLOAT32, parameter.dims).size;
      if (copy == 0) rig.put(parameter.handle, parameter.dims, some(size, parameter.dims.size() == 2 ? 0.3f : 0.0f));
      rig.put(slot++, parameter.dims, std::vector<float>(static_cast<size_t>(size), 0.0f));
    }
  }
  rig.put(kTotalLoss, {}, {0});
  rig.put(kTotalRight, {}, {0});
  std::vector<float> x = some(kRows * kFeatures, 1);
  std::vector<int32_t> y, order(kRows);
  for (int64_t r = 0; r < kRows; r++) {
    const float* row = x.data() + r * kFeatures;
    y.push_back(static_cast<int32_t>(std::max_element(row, row + kClasses) - row));
  }
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  rig.put(kX, {kRows, kFeatures}, x);
  rig.put(kY, NN_INT32, {kRows}, y);
  rig.put(kOrder, NN_INT32, {kRows}, order);
}

// One row a step: position, rate, step, the generator's state, 1 / batch.
inline std::vector<double> step_rows(int first, int count) {
  std::vector<double> rows;
  for (int i = first; i < first + count; i++) {
    double position = static_cast<double>(i % (kRows / kBatch)) * kBatch;
    rows.insert(rows.end(), {position, 0.01, i + 1.0, 4000000000.0, 9, 128.0 * i, 0, 1.0 / kBatch});
  }
  return rows;
}

inline std::vector<std::vector<char>> state_of(Rig& rig) {
  std::vector<std::vector<char>> state;
  for (const Parameter& parameter : kParameters) state.push_back(read_entry(*rig.device, *rig.handles.find(parameter.handle)));
  for (int32_t slot = 0; slot < 8; slot++) state.push_back(read_entry(*rig.device, *rig.handles.find(kSlots + slot)));
  for (int32_t total : {kTotalLoss, kTotalRight}) state.push_back(read_entry(*rig.device, *rig.handles.find(total)));
  return state;
}

inline std::vector<std::vector<char>> eager_state(Rig& rig, int steps) {
  put_all(rig);
  std::vector<double> rows = step_rows(0, steps);
  for (int i = 0; i < steps; i++) {
    const double* row = rows.data() + 8 * i;
    HandleTable handles = rig.handles;
    int32_t position = static_cast<int32_t>(row[0]);
    std::vector<int32_t> rng;
    for (int k = 3; k < 7; k++) rng.push_back(static_cast<int32_t>(static_cast<uint32_t>(row[k])));
    float share = static_cast<float>(row[7]);
    handles.insert(kPosition, make_entry(*rig.device, NN_INT32, {}, &position));
    handles.insert(kRate, make_entry(*rig.device, NN_FLOAT64, {}, row + 1));
    handles.insert(kStep, make_entry(*rig.device, NN_FLOAT64, {}, row + 2));
    handles.insert(kRng, make_entry(*rig.device, NN_INT32, {4}, rng.data()));
    handles.insert(kShare, make_entry(*rig.device, NN_FLOAT32, {}, &share));
    ProgramSpec spec = step_spec();
    EXPECT_EQ(run_eagerly(*rig.device, handles, spec.words), "");
  }
  return state_of(rig);
}

}  // namespace training_step
}  // namespace nn
