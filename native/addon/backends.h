// The backends by name: the CPU, which is linked in, and CUDA, which is opened at its first use.
#pragma once

#include <napi.h>

#include <string>

#include "core/abi.h"

namespace nn {

// Null with a sentence where there is none of that name or it cannot be loaded.
const nn_backend_api* backend_named(const std::string& name, std::string* why);

// JavaScript's probe(backend): { works, count, reason, path, report }.
Napi::Value probe(const Napi::CallbackInfo& info);

}  // namespace nn
