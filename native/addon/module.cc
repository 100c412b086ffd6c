// The module: one instance an environment, so that the main thread and every worker have contexts of their own.
#include <napi.h>

#include <string>
#include <vector>

#include "addon/backends.h"
#include "addon/context_object.h"
#include "addon/environment.h"
#include "addon/images_object.h"
#include "core/op.h"

#ifndef NODE_CUDNN_VERSION
#define NODE_CUDNN_VERSION "0.0.0"
#endif

namespace nn {

namespace {

Napi::Value ops(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const auto& table = op_table();
  Napi::Array list = Napi::Array::New(env, table.size());
  for (size_t i = 0; i < table.size(); i++) {
    Napi::HandleScope scope(env);
    Napi::Object op = Napi::Object::New(env);
    op["name"] = Napi::String::New(env, table[i].name);
    op["opcode"] = Napi::Number::New(env, static_cast<double>(i + kFirstOpcode));
    Napi::Array attrs = Napi::Array::New(env, table[i].attrs.size());
    for (size_t a = 0; a < table[i].attrs.size(); a++) attrs[static_cast<uint32_t>(a)] = Napi::String::New(env, table[i].attrs[a]);
    op["attrs"] = attrs;
    list[static_cast<uint32_t>(i)] = op;
  }
  return list;
}

Napi::Value create_context(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::vector<napi_value> arguments;
  for (size_t i = 0; i < info.Length(); i++) arguments.push_back(info[i]);
  return env.GetInstanceData<Environment>()->context_class.New(arguments);
}

Napi::Value create_images(const Napi::CallbackInfo& info) {
  std::vector<napi_value> arguments;
  for (size_t i = 0; i < info.Length(); i++) arguments.push_back(info[i]);
  return info.Env().GetInstanceData<Environment>()->images_class.New(arguments);
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  auto* environment = new Environment();
  env.SetInstanceData(environment);
  environment->context_class = Napi::Persistent(ContextObject::define(env));
  environment->images_class = Napi::Persistent(ImagesObject::define(env));
  exports["version"] = Napi::String::New(env, NODE_CUDNN_VERSION);
  exports["abi"] = Napi::Number::New(env, NN_ABI_VERSION);
  exports["ops"] = Napi::Function::New(env, ops, "ops");
  exports["probe"] = Napi::Function::New(env, probe, "probe");
  exports["createContext"] = Napi::Function::New(env, create_context, "createContext");
  exports["createImages"] = Napi::Function::New(env, create_images, "createImages");
  return exports;
}

}  // namespace

}  // namespace nn

Napi::Object InitModule(Napi::Env env, Napi::Object exports) { return nn::init(env, exports); }

NODE_API_MODULE(node_cudnn, InitModule)
