// Where NVIDIA's libraries may lie on a machine, in the order in which they are looked for.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace nn {

// What a search depends on, so that tests can make up a machine.
struct Surroundings {
  std::function<std::string(const char* name)> variable;  // of the environment; empty where it is not set
  std::string own_folder;                                 // of this library
  std::string root;                                       // before /usr, /opt
  bool loader = true;                                     // whether the system's loader is asked as well
  static Surroundings of_process();
};

struct LibraryFolder {
  std::string path;    // empty: the loader's own way (LD_LIBRARY_PATH, ldconfig)
  std::string reason;  // which step of the search it belongs to
};

// NODE_CUDNN_CUDA_PATH; npm packages @node-cudnn/cuda-*; Python's nvidia/*/lib; CUDA_HOME and CUDA_PATH; the loader; well-known folders.
std::vector<LibraryFolder> library_folders(const Surroundings& here);
// NVIDIA's driver is never part of a package: NODE_CUDNN_CUDA_PATH, the loader, where containers and WSL mount it.
std::vector<LibraryFolder> driver_folders(const Surroundings& here);

}  // namespace nn
