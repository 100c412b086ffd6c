// oneDNN 2.x (Debian 12) and 3.x (Debian 13) behind one set of functions: the only place that knows which it is.
#pragma once

#include <cstring>
#include <dnnl.hpp>

namespace nn {
namespace onednn {

using Dims = dnnl::memory::dims;
using Desc = dnnl::memory::desc;  // an empty one where an operand is absent, in both versions

struct ConvDescs {
  Desc x, filter, bias, y;
  Dims strides, dilations, pad_before, pad_after;  // dilations as oneDNN counts them: 0 is none
};

inline void append_relu(dnnl::post_ops& ops) {
#if DNNL_VERSION_MAJOR >= 3
  ops.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#else
  ops.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
#endif
}

inline dnnl::convolution_forward::primitive_desc conv_forward(const dnnl::engine& engine, const ConvDescs& d,
                                                              const dnnl::primitive_attr& attr) {
  using Op = dnnl::convolution_forward;
  constexpr auto prop = dnnl::prop_kind::forward_training;
  constexpr auto direct = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return Op::primitive_desc(engine, prop, direct, d.x, d.filter, d.bias, d.y, d.strides, d.dilations, d.pad_before, d.pad_after, attr);
#else
  return Op::primitive_desc(Op::desc(prop, direct, d.x, d.filter, d.bias, d.y, d.strides, d.dilations, d.pad_before, d.pad_after), attr,
                            engine);
#endif
}

inline dnnl::convolution_backward_data::primitive_desc conv_backward_data(const dnnl::engine& engine, const ConvDescs& d,
                                                                          const dnnl::primitive_attr& attr,
                                                                          const dnnl::convolution_forward::primitive_desc& hint) {
  using Op = dnnl::convolution_backward_data;
  constexpr auto direct = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return Op::primitive_desc(engine, direct, d.x, d.filter, d.y, d.strides, d.dilations, d.pad_before, d.pad_after, hint, attr);
#else
  return Op::primitive_desc(Op::desc(direct, d.x, d.filter, d.y, d.strides, d.dilations, d.pad_before, d.pad_after), attr, engine, hint);
#endif
}

inline dnnl::convolution_backward_weights::primitive_desc conv_backward_weights(const dnnl::engine& engine, const ConvDescs& d,
                                                                                const dnnl::primitive_attr& attr,
                                                                                const dnnl::convolution_forward::primitive_desc& hint) {
  using Op = dnnl::convolution_backward_weights;
  constexpr auto direct = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return Op::primitive_desc(engine, direct, d.x, d.filter, d.bias, d.y, d.strides, d.dilations, d.pad_before, d.pad_after, hint, attr);
#else
  return Op::primitive_desc(Op::desc(direct, d.x, d.filter, d.bias, d.y, d.strides, d.dilations, d.pad_before, d.pad_after), attr, engine,
                            hint);
#endif
}

// `implementation`: how the name of the one that is wanted begins; where there is none like it, the library's first choice.
inline dnnl::matmul::primitive_desc matmul(const dnnl::engine& engine, const Desc& a, const Desc& b, const Desc& bias, const Desc& c,
                                           const dnnl::primitive_attr& attr, const char* implementation) {
  using Op = dnnl::matmul;
#if DNNL_VERSION_MAJOR >= 3
  const auto make = [&] { return Op::primitive_desc(engine, a, b, bias, c, attr); };
#else
  const Op::desc desc(a, b, bias, c);  // has to live as long as next_impl() is called
  const auto make = [&] { return Op::primitive_desc(desc, attr, engine); };
#endif
  if (implementation != nullptr) {
    auto found = make();
    do {
      if (std::strncmp(found.impl_info_str(), implementation, std::strlen(implementation)) == 0) return found;
    } while (found.next_impl());
  }
  return make();
}

}  // namespace onednn
}  // namespace nn
