#include "core/plan_cache.h"

#include <algorithm>

namespace nn {
namespace {

void append_tensor(std::string& key, const nn_tensor& tensor) {
  const int32_t head[2] = {tensor.dtype, tensor.rank};
  key.append(reinterpret_cast<const char*>(head), sizeof head);
  key.append(reinterpret_cast<const char*>(tensor.dims), sizeof(int64_t) * tensor.rank);
}

void write_key(std::string& key, const nn_kernel* kernel, const nn_args& args) {
  key.assign(reinterpret_cast<const char*>(&kernel), sizeof kernel);
  const int32_t counts[3] = {args.n_in, args.n_out, args.n_attrs};
  key.append(reinterpret_cast<const char*>(counts), sizeof counts);
  for (int i = 0; i < args.n_in; i++) append_tensor(key, args.in[i]);
  for (int i = 0; i < args.n_out; i++) append_tensor(key, args.out[i]);
  if (args.n_attrs > 0) key.append(reinterpret_cast<const char*>(args.attrs), sizeof(int32_t) * args.n_attrs);
}

void destroy(const Plan& plan) {
  if (plan.kernel->destroy && plan.state) plan.kernel->destroy(plan.state);
}

}  // namespace

int32_t PlanCache::find(const nn_kernel* kernel, const nn_args& args, const Plan** plan, nn_error* error) {
  if (!kernel->prepare) {  // random ops have another offset each time: they must neither be hashed nor push real plans out
    unprepared_.kernel = kernel;
    *plan = &unprepared_;
    return NN_OK;
  }
  write_key(scratch_, kernel, args);
  auto found = index_.find(scratch_);
  if (found != index_.end()) {
    order_.splice(order_.begin(), order_, found->second);
    *plan = &order_.front().plan;
    return NN_OK;
  }
  Plan fresh;
  fresh.kernel = kernel;
  int32_t code = kernel->prepare(device_, &args, &fresh.state, &fresh.workspace, error);
  if (code != NN_OK) return code;  // a prepare that fails leaves nothing behind
  make_room();
  order_.push_front(Entry{scratch_, fresh});
  index_.emplace(order_.front().key, order_.begin());
  *plan = &order_.front().plan;
  return NN_OK;
}

void PlanCache::wait_for_device() {
  nn_error ignored{};  // of a device that is lost, which does nothing more either
  if (synchronize_ && !order_.empty()) synchronize_(device_, &ignored);
}

// A wait is dear: where there has to be one, a quarter goes with it.
void PlanCache::make_room() {
  size_t most = std::max<size_t>(capacity_, 1);
  if (order_.size() < most) return;
  wait_for_device();
  for (size_t keep = synchronize_ ? most - most / 4 : most; order_.size() >= std::max<size_t>(keep, 1);) {
    destroy(order_.back().plan);
    index_.erase(order_.back().key);
    order_.pop_back();
  }
}

void PlanCache::clear() {
  wait_for_device();
  for (const Entry& entry : order_) destroy(entry.plan);
  index_.clear();
  order_.clear();
}

}  // namespace nn
