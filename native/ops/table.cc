// All ops. Their order gives them their opcodes, so a new family goes to the end.
#include <string>
#include <unordered_map>

#include "core/op.h"
#include "ops/conv2d.h"
#include "ops/conv3d.h"
#include "ops/elementwise.h"
#include "ops/index.h"
#include "ops/loss.h"
#include "ops/matmul.h"
#include "ops/norm.h"
#include "ops/optimizer.h"
#include "ops/pool2d.h"
#include "ops/pool3d.h"
#include "ops/random.h"
#include "ops/reduce.h"
#include "ops/shape.h"
#include "ops/softmax.h"

namespace nn {

// Never destroyed: device threads may still look ops up while the process ends.
const std::vector<OpSchema>& op_table() {
  static const std::vector<OpSchema>* table = [] {
    auto* all = new std::vector<OpSchema>();
    append_elementwise_ops(*all);
    append_reduce_ops(*all);
    append_matmul_ops(*all);
    append_conv2d_ops(*all);
    append_pool2d_ops(*all);
    append_norm_ops(*all);
    append_softmax_ops(*all);
    append_loss_ops(*all);
    append_shape_ops(*all);
    append_index_ops(*all);
    append_random_ops(*all);
    append_optimizer_ops(*all);
    append_conv3d_ops(*all);
    append_pool3d_ops(*all);
    return all;
  }();
  return *table;
}

const OpSchema* find_op(const char* name) {
  static const auto* index = [] {
    auto* names = new std::unordered_map<std::string, const OpSchema*>();
    for (const OpSchema& op : op_table()) names->emplace(op.name, &op);
    return names;
  }();
  auto found = index->find(name);
  return found == index->end() ? nullptr : found->second;
}

}  // namespace nn
