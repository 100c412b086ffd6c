#include "backends/cuda/library_search.h"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <cstdint>

#include "backends/cuda/info.h"

namespace nn {
namespace {

// cuDNN's versions are 91900 for 9.19.0, cuBLAS' 130100 for 13.1.0.
constexpr size_t kOldestCudnn = 91200, kNewestTestedCudnn = 92899, kNextCudnn = 100000;
constexpr size_t kCudaMajor = 13;

std::string three_parts(size_t version) {
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." + std::to_string(version % 100);
}

std::string loader_message() {
  const char* words = dlerror();
  return words == nullptr ? "no reason" : words;
}

std::string folder_of(void* handle) {
  struct link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr) return "";
  std::string path = map->l_name;
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

size_t call_version(void* handle, const char* function) {
  auto version = reinterpret_cast<size_t (*)()>(dlsym(handle, function));
  return version == nullptr ? 0 : version();
}

// Each check gives the reason why a library that has been opened does not serve, or nothing.
std::string check_driver(void* handle, LibraryRecord*) {
  return dlsym(handle, "cuInit") != nullptr ? "" : "expected NVIDIA's driver, got a library without cuInit";
}

std::string check_cublas(void* handle, LibraryRecord* record) {
  size_t version = call_version(handle, "cublasLtGetVersion");
  record->version = version == 0 ? "" : three_parts(version);
  if (version / 10000 == kCudaMajor) return "";
  return "expected cuBLASLt 13, got " + (version == 0 ? "a library without cublasLtGetVersion" : record->version);
}

std::string check_nvrtc(void* handle, LibraryRecord* record) {
  auto ask = reinterpret_cast<int (*)(int*, int*)>(dlsym(handle, "nvrtcVersion"));
  int major = 0, minor = 0;
  if (ask == nullptr || ask(&major, &minor) != 0) return "expected NVRTC, got a library without nvrtcVersion";
  record->version = std::to_string(major) + "." + std::to_string(minor);
  return major == static_cast<int>(kCudaMajor) ? "" : "expected NVRTC 13, got " + record->version;
}

// cuDNN opens its parts itself, by name: those beside it are opened first, so that no other version's are found.
std::string open_cudnn_parts(void* handle, std::vector<void*>* parts) {
  const std::string folder = folder_of(handle);
  for (const char* part : {"graph", "ops", "cnn", "adv", "heuristic", "engines_precompiled", "engines_runtime_compiled"}) {
    const std::string path = folder + "/libcudnn_" + part + ".so.9";
    void* opened = dlopen(path.c_str(), RTLD_LAZY | RTLD_GLOBAL);
    if (opened == nullptr) return "expected all parts of cuDNN beside it, got \"" + loader_message() + "\"";
    parts->push_back(opened);
  }
  return "";
}

std::string check_cudnn_version(void* handle, LibraryRecord* record) {
  size_t version = call_version(handle, "cudnnGetVersion"), cuda = call_version(handle, "cudnnGetCudartVersion");
  if (version == 0) return "expected cuDNN 9.12 or newer, got a library without cudnnGetVersion";
  record->version = version < 10000 ? std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 100) : three_parts(version);
  if (version < kOldestCudnn || version >= kNextCudnn) return "expected cuDNN 9.12.0 or a newer 9, got " + record->version;
  if (cuda / 1000 != kCudaMajor)
    return "expected cuDNN " + record->version + " for CUDA 13, got one for CUDA " + cuda_version_text(static_cast<int>(cuda));
  if (version > kNewestTestedCudnn) record->note = "newer than 9.28, the newest that node-cudnn was tested with";
  return "";
}

std::string check_cudnn(void* handle, LibraryRecord* record) {
  std::vector<void*> parts;
  std::string wrong = open_cudnn_parts(handle, &parts);
  if (wrong.empty()) wrong = check_cudnn_version(handle, record);
  // Parts of a version that is refused would be taken for those of the one that is found next.
  for (; !wrong.empty() && !parts.empty(); parts.pop_back()) dlclose(parts.back());
  return wrong;
}

}  // namespace

struct LibrarySearch::Kind {
  const char* name;
  const char* what;
  const char* remedy;
  std::string (*check)(void* handle, LibraryRecord* record);
  int flags;
};

const LibrarySearch::Kind& LibrarySearch::kind_of(Library library) {
  static const Kind kinds[] = {
      {"libcuda.so.1", "NVIDIA's driver", "install NVIDIA's driver, release 580 or newer", check_driver, RTLD_NOW | RTLD_GLOBAL},
      {"libcudnn.so.9", "cuDNN 9.12 or newer for CUDA 13",
       "install cuDNN for CUDA 13 (the Python package nvidia-cudnn-cu13, say) or name its folder in NODE_CUDNN_CUDA_PATH", check_cudnn,
       RTLD_LAZY | RTLD_GLOBAL},
      {"libcublasLt.so.13", "cuBLASLt of CUDA 13",
       "install cuBLAS of CUDA 13 (the Python package nvidia-cublas, say) or name its folder in NODE_CUDNN_CUDA_PATH", check_cublas,
       RTLD_LAZY | RTLD_GLOBAL},
      {"libnvrtc.so.13", "NVRTC of CUDA 13", "install NVRTC of CUDA 13 (the Python package nvidia-cuda-nvrtc, say)", check_nvrtc,
       RTLD_LAZY | RTLD_GLOBAL},
  };
  return kinds[static_cast<int>(library)];
}

bool LibrarySearch::try_folder(const Kind& kind, const LibraryFolder& folder, LibraryRecord* record) {
  const std::string path = folder.path.empty() ? kind.name : folder.path + "/" + kind.name;
  if (!folder.path.empty() && access(path.c_str(), F_OK) != 0) {
    record->tried.push_back({path, "not there (" + folder.reason + ")"});
    return false;
  }
  void* handle = dlopen(path.c_str(), kind.flags);
  if (handle == nullptr) {
    record->tried.push_back({path, loader_message()});
    return false;
  }
  std::string wrong = kind.check(handle, record);
  if (!wrong.empty()) {
    record->tried.push_back({path, wrong});
    record->version.clear();
    dlclose(handle);
    return false;
  }
  record->handle = handle;
  const std::string real = folder_of(handle);
  record->path = real.empty() ? path : real + "/" + kind.name;
  return true;
}

void LibrarySearch::search(Library library, LibraryRecord* record) {
  const Kind& kind = kind_of(library);
  record->name = kind.name;
  if (library == Library::kCudnn) {
    // Without cuBLASLt cuDNN ends the process at its first graph, and newer ones do not start without the driver.
    for (Library needed : {Library::kDriver, Library::kCublasLt}) {
      const LibraryRecord& other = find(needed);
      if (other.handle != nullptr) continue;
      record->trouble = "not looked for, since " + std::string(other.name) + " is missing";
      return;
    }
  }
  for (const LibraryFolder& folder : library == Library::kDriver ? driver_folders(here_) : library_folders(here_)) {
    if (try_folder(kind, folder, record)) return;
  }
  std::string words;
  for (const LibraryAttempt& attempt : record->tried) {
    if (attempt.message.rfind("not there", 0) == 0 || words.size() > 400) continue;
    words += (words.empty() ? " (" : "; ") + attempt.path + ": " + attempt.message;
  }
  record->trouble = "expected " + std::string(kind.what) + " (" + kind.name + "), got none in " + std::to_string(record->tried.size()) +
                    " places" + (words.empty() ? "" : words + ")") + "; " + kind.remedy;
}

const LibraryRecord& LibrarySearch::find(Library library) {
  std::lock_guard<std::recursive_mutex> lock(mutex_);
  LibraryRecord& record = records_[static_cast<int>(library)];
  if (!searched_[static_cast<int>(library)]) {
    searched_[static_cast<int>(library)] = true;
    search(library, &record);
  }
  return record;
}

std::string LibrarySearch::report(size_t most) {
  std::string json;
  for (int detail = 2; detail >= 0; detail--) {  // 2: everything, 1: what the loader said, 0: results only
    json = "[";
    for (Library library : {Library::kDriver, Library::kCublasLt, Library::kCudnn, Library::kNvrtc}) {
      const LibraryRecord& record = find(library);
      json += std::string(json.size() > 1 ? ", " : "") + "{\"name\": " + json_text(record.name) +
              ", \"path\": " + (record.handle ? json_text(record.path) : "null") + ", \"version\": " + json_text(record.version) +
              ", \"note\": " + json_text(record.note) + ", \"trouble\": " + json_text(record.trouble) + ", \"tried\": [";
      bool first = true;
      for (const LibraryAttempt& attempt : record.tried) {
        if (detail == 0 || (detail == 1 && attempt.message.rfind("not there", 0) == 0)) continue;
        json +=
            std::string(first ? "" : ", ") + "{\"path\": " + json_text(attempt.path) + ", \"message\": " + json_text(attempt.message) + "}";
        first = false;
      }
      json += "]}";
    }
    json += "]";
    if (json.size() <= most) return json;
  }
  return "[]";
}

LibrarySearch& library_search() {
  static auto* search = new LibrarySearch(Surroundings::of_process());  // threads may ask for it while the process ends
  return *search;
}

void* library_handle(Library library) { return library_search().find(library).handle; }
const char* library_trouble(Library library) { return library_search().find(library).trouble.c_str(); }

}  // namespace nn
