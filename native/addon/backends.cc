#include "addon/backends.h"

#include "backends/cpu/backend.h"
#include "core/loader.h"

namespace nn {

const nn_backend_api* backend_named(const std::string& name, std::string* why) {
  if (name == "cpu") return cpu_backend();
  if (name != "cuda") {
    *why = "expected backend 'cpu' or 'cuda', got '" + name + "'";
    return nullptr;
  }
  const LoadedBackend& loaded = cuda_backend();
  if (loaded.api == nullptr) *why = loaded.trouble;
  return loaded.api;
}

Napi::Value probe(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!info[0].IsString()) {
    Napi::TypeError::New(env, "probe: expected a backend's name").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const std::string name = info[0].As<Napi::String>();
  Probe found;
  const nn_backend_api* api = backend_named(name, &found.trouble);
  if (api != nullptr) found = probe_backend(api);
  const bool is_cuda = name == "cuda";
  Napi::Object object = Napi::Object::New(env);
  object["works"] = Napi::Boolean::New(env, found.count > 0);
  object["count"] = Napi::Number::New(env, found.count);
  object["reason"] = Napi::String::New(env, found.trouble);
  object["path"] = Napi::String::New(env, is_cuda ? cuda_backend().path : "");
  object["report"] = Napi::String::New(env, is_cuda ? report_of(cuda_backend()) : "");
  return object;
}

}  // namespace nn
