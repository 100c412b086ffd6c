#include "backends/cuda/library_folders.h"

#include <dlfcn.h>
#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace nn {
namespace {

std::vector<std::string> matches(const std::string& pattern) {
  std::vector<std::string> found;
  glob_t result{};
  if (glob(pattern.c_str(), GLOB_ONLYDIR, nullptr, &result) == 0) found.assign(result.gl_pathv, result.gl_pathv + result.gl_pathc);
  globfree(&result);
  return found;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= list.size();) {
    size_t end = std::min(list.find(':', at), list.size());
    if (end > at) parts.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::string parent(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos || slash == 0 ? "" : path.substr(0, slash);
}

class List {
 public:
  void add(const std::string& path, const char* reason) {
    auto same = [&](const LibraryFolder& folder) { return folder.path == path; };
    if (std::none_of(folders.begin(), folders.end(), same)) folders.push_back({path, reason});
  }
  void add_matches(const std::string& pattern, const char* reason) {
    for (const std::string& path : matches(pattern)) add(path, reason);
  }
  // Wheels of CUDA 13 share nvidia/cu13/lib; cuDNN and older ones have a folder each.
  void add_packages(const std::string& site, const char* reason) { add_matches(site + "/nvidia/*/lib", reason); }
  void add_python(const std::string& prefix, const char* reason) {
    for (const char* kind : {"/lib/python3*/site-packages", "/lib/python3*/dist-packages"}) {
      for (const std::string& site : matches(prefix + kind)) add_packages(site, reason);
    }
  }
  std::vector<LibraryFolder> folders;
};

void add_own_path(const Surroundings& here, List* list) {
  for (const std::string& path : split(here.variable("NODE_CUDNN_CUDA_PATH"))) {
    list->add(path, "NODE_CUDNN_CUDA_PATH");
    for (const char* inside : {"/lib64", "/lib"}) list->add_matches(path + inside, "NODE_CUDNN_CUDA_PATH");
    list->add_packages(path, "NODE_CUDNN_CUDA_PATH");
  }
}

// The Python that a shell would start: its prefix as named (a virtual environment) and as linked (what that was made from).
void add_python_on_path(const Surroundings& here, List* list) {
  for (const std::string& folder : split(here.variable("PATH"))) {
    std::string python = folder + "/python3";
    if (access(python.c_str(), X_OK) != 0) continue;
    list->add_python(parent(folder), "the Python on PATH");
    if (char* real = realpath(python.c_str(), nullptr)) {
      list->add_python(parent(parent(real)), "the Python on PATH");
      std::free(real);
    }
    return;
  }
}

}  // namespace

Surroundings Surroundings::of_process() {
  Surroundings made;
  made.variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&library_folders), &info) != 0 && info.dli_fname != nullptr) {
    if (char* real = realpath(info.dli_fname, nullptr)) {
      made.own_folder = parent(real);
      std::free(real);
    }
  }
  return made;
}

std::vector<LibraryFolder> library_folders(const Surroundings& here) {
  List list;
  add_own_path(here, &list);
  for (std::string folder = here.own_folder; !folder.empty(); folder = parent(folder)) {
    list.add_matches(folder + "/node_modules/@node-cudnn/cuda-*/lib", "npm package");
  }
  for (const std::string& site : split(here.variable("PYTHONPATH"))) list.add_packages(site, "PYTHONPATH");
  if (std::string prefix = here.variable("VIRTUAL_ENV"); !prefix.empty()) list.add_python(prefix, "VIRTUAL_ENV");
  if (std::string prefix = here.variable("CONDA_PREFIX"); !prefix.empty()) {
    list.add_python(prefix, "CONDA_PREFIX");
    list.add(prefix + "/lib", "CONDA_PREFIX");
  }
  add_python_on_path(here, &list);
  if (std::string home = here.variable("HOME"); !home.empty()) list.add_python(home + "/.local", "the user's Python packages");
  list.add_python(here.root + "/usr/local", "the system's Python packages");
  for (const char* name : {"CUDA_HOME", "CUDA_PATH"}) {
    std::string toolkit = here.variable(name);
    if (toolkit.empty()) continue;
    for (const char* inside : {"/lib64", "/lib", "/targets/x86_64-linux/lib"}) list.add(toolkit + inside, name);
  }
  if (here.loader) list.add("", "the loader");
  for (const char* pattern : {"/usr/local/cuda*/lib64", "/usr/local/cuda*/targets/x86_64-linux/lib", "/usr/lib/x86_64-linux-gnu",
                              "/usr/lib64", "/usr/local/lib", "/opt/cuda/lib64", "/opt/cuda*/lib64"}) {
    list.add_matches(here.root + pattern, "well-known folder");
  }
  return list.folders;
}

std::vector<LibraryFolder> driver_folders(const Surroundings& here) {
  List list;
  add_own_path(here, &list);
  if (here.loader) list.add("", "the loader");
  for (const char* pattern :
       {"/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/local/nvidia/lib64", "/usr/lib/wsl/lib", "/run/opengl-driver/lib"}) {
    list.add_matches(here.root + pattern, "well-known folder");
  }
  return list.folders;
}

}  // namespace nn
