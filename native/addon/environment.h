// What one Node environment (the main thread or a worker) keeps: nothing is shared between them but code.
#pragma once

#include <napi.h>

namespace nn {

struct Environment {
  Napi::FunctionReference context_class;
  Napi::FunctionReference images_class;
};

}  // namespace nn
