#include "addon/images_object.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "images/resample.h"
#include "images/transform.h"
#include "images/whiten.h"

namespace nn {

namespace {

using images::Element;

void throw_type(Napi::Env env, const char* sentence) { Napi::TypeError::New(env, sentence).ThrowAsJavaScriptException(); }

struct View {
  void* data = nullptr;
  uint64_t length = 0;
  napi_typedarray_type type = napi_uint8_array;
};

bool view_of(const Napi::Value& value, View* out) {
  if (!value.IsTypedArray()) return false;
  auto array = value.As<Napi::TypedArray>();
  out->type = array.TypedArrayType();
  out->length = array.ElementLength();
  out->data = static_cast<uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset();
  return true;
}

bool element_of(const View& view, Element* out) {
  if (view.type == napi_float32_array) return *out = Element::kFloat32, true;
  if (view.type == napi_float64_array) return *out = Element::kFloat64, true;
  if (view.type == napi_uint8_array) return *out = Element::kUint8, true;
  return false;
}

// Whole numbers from 0 to 2^31 - 1; their product must stay below 2^53.
bool sizes_of(const Napi::Value& value, std::vector<int64_t>* out, size_t count) {
  View view;
  if (!view_of(value, &view) || view.type != napi_int32_array || view.length != count) return false;
  const int32_t* numbers = static_cast<const int32_t*>(view.data);
  double product = 1;
  for (size_t i = 0; i < count; i++) {
    if (numbers[i] < 0) return false;
    product *= numbers[i];
    out->push_back(numbers[i]);
  }
  return product < 9007199254740992.0;
}

double number_at(const Napi::Object& object, const char* name, double fallback) {
  Napi::Value value = object.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : fallback;
}
bool flag_at(const Napi::Object& object, const char* name) {
  Napi::Value value = object.Get(name);
  return value.IsBoolean() && value.As<Napi::Boolean>().Value();
}
bool channels_at(const Napi::Object& object, const char* name, int64_t count, std::vector<double>* out) {
  Napi::Value value = object.Get(name);
  if (value.IsUndefined()) return true;
  View view;
  if (!view_of(value, &view) || view.type != napi_float64_array || view.length != static_cast<uint64_t>(count)) return false;
  const double* numbers = static_cast<const double*>(view.data);
  out->assign(numbers, numbers + count);
  return true;
}

}  // namespace

Napi::Function ImagesObject::define(Napi::Env env) {
  return DefineClass(env, "NativeImages",
                     {
                         InstanceMethod<&ImagesObject::transform>("transform"),
                         InstanceMethod<&ImagesObject::resize>("resize"),
                         InstanceMethod<&ImagesObject::whiten>("whiten"),
                         InstanceMethod<&ImagesObject::close>("close"),
                     });
}

ImagesObject::ImagesObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ImagesObject>(info) {
  Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsFunction()) {
    throw_type(env, "createImages: expected a number of threads and a function");
    return;
  }
  completions_ = Completions::make(env, info[1].As<Napi::Function>());
  if (!completions_) {
    throw_type(env, "createImages: no thread-safe function could be made");
    return;
  }
  pool_ = std::make_unique<images::Pool>(info[0].As<Napi::Number>().Int32Value());
  // As in ContextObject: this hook comes before that of the thread-safe function.
  napi_add_env_cleanup_hook(env, cleanup, this);
}

ImagesObject::~ImagesObject() {
  if (!pool_) return;
  napi_remove_env_cleanup_hook(Env(), cleanup, this);
  shut();
}

void ImagesObject::cleanup(void* self) { static_cast<ImagesObject*>(self)->shut(); }

void ImagesObject::shut() {
  if (!pool_) return;
  pool_.reset();  // joins the threads, so nobody pushes any more
  completions_->close();
}

void ImagesObject::close(const Napi::CallbackInfo& info) {
  if (!pool_) return;
  napi_remove_env_cleanup_hook(info.Env(), cleanup, this);
  shut();
}

void ImagesObject::start(Napi::Env env, int64_t id, Napi::Value kept, const char* op, std::function<void()> work) {
  if (!pool_) return Napi::Error::New(env, "expected open image threads, got ones that were closed").ThrowAsJavaScriptException();
  completions_->expect(env, id, kept);
  auto completions = completions_;
  const bool started = pool_->submit([completions, id, op, work = std::move(work)] {
    Completion completion;
    completion.id = id;
    try {
      work();
    } catch (const std::exception& error) {
      completion.failure = make_failure(NN_OUT_OF_MEMORY, op, error.what());
    }
    completions->push(std::move(completion));
  });
  if (started) return;
  Completion failed;
  failed.id = id;
  failed.failure = make_failure(NN_OUT_OF_MEMORY, op, "no thread could be started");
  completions_->push(std::move(failed));
}

void ImagesObject::transform(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  images::TransformJob job;
  std::vector<int64_t> sizes;
  View source, target;
  if (info.Length() < 6 || !sizes_of(info[0], &sizes, 4) || !view_of(info[1], &source) || !view_of(info[2], &target) ||
      !info[4].IsObject() || !info[5].IsNumber()) {
    return throw_type(env, "transform: expected sizes, source, target, parameters, settings and an id");
  }
  job.count = sizes[0];
  job.rows = sizes[1];
  job.columns = sizes[2];
  job.channels = sizes[3];
  const uint64_t image = static_cast<uint64_t>(job.rows * job.columns * job.channels), size = image * static_cast<uint64_t>(job.count);
  if (!element_of(source, &job.source_type) || !element_of(target, &job.target_type) || job.target_type == Element::kUint8 ||
      source.length != size || target.length != size) {
    return throw_type(env, "transform: expected a source (float32, float64 or uint8) and a float target of the size of the images");
  }
  job.source = source.data;
  job.target = target.data;
  if (!info[3].IsUndefined()) {
    View words;
    if (!view_of(info[3], &words) || words.type != napi_float64_array ||
        words.length != static_cast<uint64_t>(job.count * images::kTransformWords)) {
      return throw_type(env, "transform: expected a Float64Array with the parameters of every image");
    }
    job.transforms = static_cast<const double*>(words.data);
  }
  auto settings = info[4].As<Napi::Object>();
  job.channels_first = flag_at(settings, "channelsFirst");
  job.fill_mode = static_cast<int32_t>(number_at(settings, "fillMode", 1));
  job.order = static_cast<int32_t>(number_at(settings, "order", 1));
  job.fill_value = number_at(settings, "fillValue", 0);
  job.exact_brightness = flag_at(settings, "exactBrightness");
  job.standardize = flag_at(settings, "standardize");
  job.rescale = number_at(settings, "rescale", 1);
  job.sample_center = flag_at(settings, "sampleCenter");
  job.sample_deviation = flag_at(settings, "sampleDeviation");
  if (job.fill_mode < 0 || job.fill_mode > 4 || job.order < 0 || job.order > 5 || !channels_at(settings, "mean", job.channels, &job.mean) ||
      !channels_at(settings, "deviation", job.channels, &job.deviation)) {
    return throw_type(env, "transform: expected a fill mode from 0 to 4, an order from 0 to 5, and statistics of every channel");
  }
  Napi::Value whitening = settings.Get("whitening");
  if (!whitening.IsUndefined()) {
    View matrix;
    if (!view_of(whitening, &matrix) || matrix.type != target.type ||
        static_cast<double>(matrix.length) != static_cast<double>(image) * static_cast<double>(image)) {
      return throw_type(env, "transform: expected a whitening matrix of the target's type");
    }
    job.whitening = matrix.data;
  }
  Napi::Array kept = Napi::Array::New(env, 4);
  kept[0u] = info[1];
  kept[1u] = info[2];
  kept[2u] = info[3];
  kept[3u] = whitening;
  start(env, info[5].As<Napi::Number>().Int64Value(), kept, "transform", [job] { images::transform_images(job, 0, job.count); });
}

void ImagesObject::resize(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::vector<int64_t> sizes;
  View source, region, target;
  if (info.Length() < 7 || !sizes_of(info[0], &sizes, 5) || !view_of(info[1], &source) || !view_of(info[2], &region) ||
      !view_of(info[3], &target) || !info[4].IsNumber() || !info[6].IsNumber()) {
    return throw_type(env, "resize: expected sizes, source, region, target, filter, antialias and an id");
  }
  const int64_t rows = sizes[0], columns = sizes[1], channels = sizes[2], to_rows = sizes[3], to_columns = sizes[4];
  const int32_t filter = info[4].As<Napi::Number>().Int32Value();
  const bool bytes = target.type == napi_uint8_array;
  if (rows < 1 || columns < 1 || channels < 1 || to_rows < 1 || to_columns < 1 || filter < 0 || filter > 5 ||
      source.type != napi_uint8_array || (!bytes && target.type != napi_float32_array) || region.type != napi_float64_array ||
      region.length != 4 || source.length != static_cast<uint64_t>(rows * columns * channels) ||
      target.length != static_cast<uint64_t>(to_rows * to_columns * channels)) {
    return throw_type(env, "resize: expected bytes of the given sizes, a target of bytes or float32, and a filter from 0 to 5");
  }
  const double* r = static_cast<const double*>(region.data);
  const images::Region cut{r[0], r[1], r[2], r[3]};
  if (!(cut.left >= 0 && cut.top >= 0 && cut.width > 0 && cut.height > 0 && cut.left + cut.width <= static_cast<double>(columns) &&
        cut.top + cut.height <= static_cast<double>(rows))) {
    return throw_type(env, "resize: expected a region within the image");
  }
  Napi::Array kept = Napi::Array::New(env, 2);
  kept[0u] = info[1];
  kept[1u] = info[3];
  const bool antialias = info[5].ToBoolean();
  const auto* from = static_cast<const uint8_t*>(source.data);
  start(env, info[6].As<Napi::Number>().Int64Value(), kept, "resize", [=] {
    const auto kind = static_cast<images::Filter>(filter);
    if (bytes)
      images::resample(from, rows, columns, channels, cut, static_cast<uint8_t*>(target.data), to_rows, to_columns, kind, antialias);
    else
      images::resample(from, rows, columns, channels, cut, static_cast<float*>(target.data), to_rows, to_columns, kind, antialias);
  });
}

void ImagesObject::whiten(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::vector<int64_t> sizes;
  View samples, target;
  if (info.Length() < 5 || !sizes_of(info[0], &sizes, 2) || !view_of(info[1], &samples) || !view_of(info[2], &target) ||
      !info[3].IsNumber() || !info[4].IsNumber()) {
    return throw_type(env, "whiten: expected sizes, samples, target, epsilon and an id");
  }
  const int64_t count = sizes[0], size = sizes[1];
  if (count < 1 || size < 1 || size > 46340 || samples.type != napi_float64_array || target.type != napi_float64_array ||
      samples.length != static_cast<uint64_t>(count * size) || target.length != static_cast<uint64_t>(size * size)) {
    return throw_type(env, "whiten: expected float64 samples and a square target of their size");
  }
  Napi::Array kept = Napi::Array::New(env, 2);
  kept[0u] = info[1];
  kept[1u] = info[2];
  const double epsilon = info[3].As<Napi::Number>().DoubleValue();
  start(env, info[4].As<Napi::Number>().Int64Value(), kept, "whiten", [=] {
    const std::vector<double> matrix = images::whitening_matrix(static_cast<const double*>(samples.data), count, size, epsilon);
    std::copy(matrix.begin(), matrix.end(), static_cast<double*>(target.data));
  });
}

}  // namespace nn
