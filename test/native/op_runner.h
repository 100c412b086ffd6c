// Runs one op as the core does: check, prepare, run with a workspace. Every buffer is a heap block of exactly its size, so that a
// sanitizer sees the first byte too far.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "core/abi.h"
#include "core/op.h"

namespace nn_test {

using Dims = std::vector<int64_t>;

inline int64_t product(const Dims& dims) {
  int64_t n = 1;
  for (int64_t d : dims) n *= d;
  return n;
}

// A tensor with its own memory.
class Array {
 public:
  Array(int dtype, Dims dims) : dims_(std::move(dims)), dtype_(dtype), size_(product(dims_)) {
    void* memory = nullptr;  // as aligned as every buffer of a backend
    if (posix_memalign(&memory, NN_ALIGNMENT, static_cast<size_t>(std::max<int64_t>(bytes(), 1))) != 0) throw std::bad_alloc();
    data_.reset(static_cast<char*>(memory));
    std::memset(data_.get(), 0xAA, static_cast<size_t>(bytes()));
  }
  // In memory that is somebody else's.
  Array(int dtype, Dims dims, char* memory) : dims_(std::move(dims)), dtype_(dtype), size_(product(dims_)), data_(memory, Free{true}) {}
  template <class T>
  Array(int dtype, Dims dims, std::initializer_list<T> values) : Array(dtype, std::move(dims)) {
    EXPECT_EQ(static_cast<int64_t>(values.size()), size_);
    int64_t i = 0;
    for (T value : values) set(i++, static_cast<double>(value));
  }
  static Array ints(Dims dims, std::initializer_list<int32_t> values) { return Array(NN_INT32, std::move(dims), values); }
  static Array floats(Dims dims, std::initializer_list<double> values) { return Array(NN_FLOAT32, std::move(dims), values); }

  const Dims& dims() const { return dims_; }
  int dtype() const { return dtype_; }
  int64_t size() const { return size_; }
  int64_t element() const { return nn::dtype_bytes(dtype_); }
  int64_t bytes() const { return size_ * element(); }
  char* data() const { return data_.get(); }
  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data_.get());
  }

  double get(int64_t i) const {
    switch (dtype_) {
      case NN_FLOAT32:
        return static_cast<double>(as<float>()[i]);
      case NN_FLOAT64:
        return as<double>()[i];
      case NN_INT32:
        return as<int32_t>()[i];
      default:
        return as<uint8_t>()[i];
    }
  }
  void set(int64_t i, double value) {
    switch (dtype_) {
      case NN_FLOAT32:
        as<float>()[i] = static_cast<float>(value);
        break;
      case NN_FLOAT64:
        as<double>()[i] = value;
        break;
      case NN_INT32:
        as<int32_t>()[i] = static_cast<int32_t>(value);
        break;
      default:
        as<uint8_t>()[i] = static_cast<uint8_t>(value);
    }
  }
  // Small integers, so that sums are exact in every dtype that does not wrap.
  template <class Random>
  Array& fill_random(Random& random, int low = -4, int high = 4) {
    if (dtype_ == NN_BOOL) low = 0, high = 1;
    if (dtype_ == NN_UINT8) low = 0;
    std::uniform_int_distribution<int> draw(low, high);
    for (int64_t i = 0; i < size_; i++) set(i, draw(random));
    return *this;
  }
  bool same(const Array& other) const {
    return dims_ == other.dims_ && dtype_ == other.dtype_ && std::memcmp(data(), other.data(), static_cast<size_t>(bytes())) == 0;
  }
  std::vector<double> values() const {
    std::vector<double> list;
    for (int64_t i = 0; i < size_; i++) list.push_back(get(i));
    return list;
  }
  nn_tensor tensor() const {
    nn_tensor t{};
    t.data = data();
    t.size = size_;
    t.rank = static_cast<int32_t>(dims_.size());
    t.dtype = dtype_;
    for (size_t i = 0; i < dims_.size(); i++) t.dims[i] = dims_[i];
    return t;
  }

 private:
  struct Free {
    bool borrowed;
    void operator()(char* p) const {
      if (!borrowed) std::free(p);
    }
  };
  Dims dims_;
  int dtype_;
  int64_t size_;
  std::unique_ptr<char[], Free> data_{nullptr, Free{false}};
};

// Attribute words: integers and floats in the schema's order.
class Attrs {
 public:
  Attrs() = default;
  Attrs(std::initializer_list<int32_t> words) : words_(words) {}
  Attrs& add(int32_t word) {
    words_.push_back(word);
    return *this;
  }
  Attrs& add_float(double value) {
    int32_t words[2];
    std::memcpy(words, &value, sizeof words);
    words_.insert(words_.end(), words, words + 2);
    return *this;
  }
  template <class List>
  Attrs& add_all(const List& list) {
    for (auto word : list) words_.push_back(static_cast<int32_t>(word));
    return *this;
  }
  const std::vector<int32_t>& words() const { return words_; }

 private:
  std::vector<int32_t> words_;
};

struct Outcome {
  int32_t code = NN_OK;
  std::string message;
};

// The ops and kernels of a part of the backend.
class OpRunner {
 public:
  std::vector<nn::OpSchema> ops;
  std::vector<nn_kernel> kernels;
  nn_device* device = nullptr;

  const nn::OpSchema* op(const std::string& name) const {
    for (const auto& schema : ops) {
      if (name == schema.name) return &schema;
    }
    return nullptr;
  }
  std::string check(const std::string& name, const std::vector<const Array*>& in, const std::vector<const Array*>& out,
                    const Attrs& attrs) const {
    Call call(in, out, attrs);
    const nn::OpSchema* schema = op(name);
    return schema ? schema->check(call.args) : "expected an op, got " + name;
  }
  Outcome run(const std::string& name, const std::vector<const Array*>& in, const std::vector<const Array*>& out,
              const Attrs& attrs) const {
    Call call(in, out, attrs);
    const nn::OpSchema* schema = op(name);
    if (schema == nullptr) return {NN_INVALID, "expected an op, got " + name};
    if (std::string sentence = schema->check(call.args); !sentence.empty()) return {NN_INVALID, sentence};
    const int dtype = schema->key < 0 ? call.outputs[0].dtype : call.inputs[static_cast<size_t>(schema->key)].dtype;
    for (const nn_kernel& kernel : kernels) {
      if (name == kernel.op && (kernel.dtypes >> dtype & 1) != 0) return execute(kernel, call);
    }
    return {NN_UNSUPPORTED, "no kernel"};
  }

 private:
  struct Call {
    Call(const std::vector<const Array*>& in, const std::vector<const Array*>& out, const Attrs& attrs) : words(attrs.words()) {
      for (const Array* a : in) inputs.push_back(a->tensor());
      for (const Array* a : out) outputs.push_back(a->tensor());
      words.shrink_to_fit();
      args = {inputs.data(),
              outputs.data(),
              words.data(),
              static_cast<int32_t>(inputs.size()),
              static_cast<int32_t>(outputs.size()),
              static_cast<int32_t>(words.size())};
    }
    std::vector<nn_tensor> inputs, outputs;
    std::vector<int32_t> words;
    nn_args args;
  };

  Outcome execute(const nn_kernel& kernel, Call& call) const {
    nn_error error{};
    void* plan = nullptr;
    size_t bytes = 0;
    if (kernel.prepare) {
      std::vector<nn_tensor> in = call.inputs, out = call.outputs;
      for (auto& t : in) t.data = nullptr;
      for (auto& t : out) t.data = nullptr;
      nn_args shapes = call.args;
      shapes.in = in.data();
      shapes.out = out.data();
      int32_t code = kernel.prepare(device, &shapes, &plan, &bytes, &error);
      if (code != NN_OK) return {code, error.message};
    }
    void* workspace = nullptr;
    if (bytes > 0 && posix_memalign(&workspace, NN_ALIGNMENT, bytes) != 0) return {NN_OUT_OF_MEMORY, "workspace"};
    if (workspace) std::memset(workspace, 0xBB, bytes);
    int32_t code = kernel.run(device, &call.args, plan, workspace, &error);
    std::free(workspace);
    if (kernel.destroy) kernel.destroy(plan);
    return {code, error.message};
  }
};

// Counts through all positions of a shape, the last axis fastest.
class Positions {
 public:
  explicit Positions(Dims dims) : dims_(std::move(dims)), at(dims_.size(), 0) { done = product(dims_) == 0; }
  void next() {
    for (size_t i = dims_.size(); i-- > 0;) {
      if (++at[i] < dims_[i]) return;
      at[i] = 0;
    }
    done = true;
  }

 private:
  Dims dims_;

 public:
  Dims at;
  bool done;
};

inline int64_t offset_of(const Dims& dims, const Dims& at) {
  int64_t offset = 0;
  for (size_t i = 0; i < dims.size(); i++) offset = offset * dims[i] + at[i];
  return offset;
}

}  // namespace nn_test
