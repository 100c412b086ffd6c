// Work on images off the JavaScript thread, as the object that typings/addon.d.ts declares.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>

#include "addon/completions.h"
#include "images/pool.h"

namespace nn {

class ImagesObject : public Napi::ObjectWrap<ImagesObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit ImagesObject(const Napi::CallbackInfo& info);
  ~ImagesObject() override;

 private:
  static void cleanup(void* self);
  void shut();
  void transform(const Napi::CallbackInfo& info);
  void resize(const Napi::CallbackInfo& info);
  void whiten(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  // Runs `work` on the pool and reports `id`; `kept` lives until then.
  void start(Napi::Env env, int64_t id, Napi::Value kept, const char* op, std::function<void()> work);

  std::shared_ptr<Completions> completions_;
  std::unique_ptr<images::Pool> pool_;
};

}  // namespace nn
