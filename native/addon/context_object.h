// The context as the JavaScript object that typings/addon.d.ts declares.
#pragma once

#include <napi.h>

#include <memory>

#include "addon/completions.h"
#include "core/context.h"

namespace nn {

class ContextObject : public Napi::ObjectWrap<ContextObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit ContextObject(const Napi::CallbackInfo& info);
  ~ContextObject() override;
  void close();

 private:
  static void cleanup(void* self);
  void shut();
  void submit(const Napi::CallbackInfo& info);
  void upload(const Napi::CallbackInfo& info);
  void receive(const Napi::CallbackInfo& info);
  void read(const Napi::CallbackInfo& info);
  Napi::Value read_sync(const Napi::CallbackInfo& info);
  void sync(const Napi::CallbackInfo& info);
  void create_program(const Napi::CallbackInfo& info);
  void run_program(const Napi::CallbackInfo& info);
  void destroy_program(const Napi::CallbackInfo& info);
  Napi::Value describe_program(const Napi::CallbackInfo& info);
  void settle(const Napi::CallbackInfo& info);
  Napi::Value memory(const Napi::CallbackInfo& info);
  void set_limit(const Napi::CallbackInfo& info);
  void reset_peak(const Napi::CallbackInfo& info);
  void release_cache(const Napi::CallbackInfo& info);
  Napi::Value describe(const Napi::CallbackInfo& info);
  Napi::Value memory_info(const Napi::CallbackInfo& info);
  Napi::Value set_option(const Napi::CallbackInfo& info);
  Napi::Value counters(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  // Throws (returning null) when closed.
  Context* live(Napi::Env env);

  std::shared_ptr<Completions> completions_;
  std::unique_ptr<Context> context_;
};

}  // namespace nn
