// Where libraries are looked for, which are taken, which are refused and in which words: with made-up machines in a temporary folder.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "backends/cuda/library_search.h"

namespace nn {
namespace {

namespace fs = std::filesystem;

class CudaLibraries : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "node-cudnn-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root = pattern;
  }
  void TearDown() override { fs::remove_all(root); }

  // Puts a library that was built for tests (CMakeLists.txt) at a place of the machine.
  void put(const std::string& fake, const std::string& at) {
    fs::create_directories((root / at).parent_path());
    fs::remove(root / at);  // it may be open
    fs::copy_file(fs::path(NODE_CUDNN_FAKES) / fake, root / at);
  }
  void put_cudnn(const std::string& fake, const std::string& folder) {
    put(fake, folder + "/libcudnn.so.9");
    for (const char* part : {"graph", "ops", "cnn", "adv", "heuristic", "engines_precompiled", "engines_runtime_compiled"}) {
      put("part.so", folder + "/libcudnn_" + part + ".so.9");
    }
  }
  void put_text(const std::string& at, const std::string& text) {
    fs::create_directories((root / at).parent_path());
    std::ofstream(root / at) << text;
  }
  void set(const char* name, const std::string& value) { variables[name] = value; }
  std::string at(const std::string& path) const { return (root / path).string(); }

  LibrarySearch machine() {
    Surroundings here;
    here.variable = [this](const char* name) { return variables.count(name) ? variables[name] : std::string(); };
    here.own_folder = at("project/node_modules/node-cudnn/prebuilds/linux-x64");
    here.root = root.string();
    here.loader = false;
    return LibrarySearch(here);
  }

  fs::path root;
  std::map<std::string, std::string> variables;
};

TEST_F(CudaLibraries, ComeFromTheFirstPlaceThatHasThem) {
  put("cublas-13.so", "usr/local/cuda-13.0/lib64/libcublasLt.so.13");
  auto found = [&] { return machine().find(Library::kCublasLt).path; };
  EXPECT_EQ(found(), at("usr/local/cuda-13.0/lib64/libcublasLt.so.13"));
  // Each of these stands before those above it.
  const std::pair<const char*, const char*> places[] = {
      {"toolkit/lib64", "CUDA_PATH"},
      {"toolkit/targets/x86_64-linux/lib", "CUDA_HOME"},
      {"home/.local/lib/python3.12/site-packages/nvidia/cublas/lib", "HOME"},
      {"python/lib/python3.11/dist-packages/nvidia/cu13/lib", "PATH"},
      {"conda/lib", "CONDA_PREFIX"},
      {"conda/lib/python3.13/site-packages/nvidia/cu13/lib", "CONDA_PREFIX"},
      {"venv/lib/python3.12/site-packages/nvidia/cublas/lib", "VIRTUAL_ENV"},
      {"site/nvidia/cu13/lib", "PYTHONPATH"},
      {"project/node_modules/@node-cudnn/cuda-13/lib", ""},
      {"own/nvidia/cu13/lib", "NODE_CUDNN_CUDA_PATH"},
      {"own", "NODE_CUDNN_CUDA_PATH"},
      {"first", "NODE_CUDNN_CUDA_PATH"},
  };
  set("CUDA_PATH", at("toolkit"));
  set("HOME", at("home"));
  put_text("python/bin/python3", "#!/bin/sh\n");
  fs::permissions(root / "python/bin/python3", fs::perms::owner_all);
  for (auto& [folder, variable] : places) {
    std::string name = variable;
    if (name == "CUDA_HOME") set("CUDA_HOME", at("toolkit")), fs::remove_all(root / "toolkit/lib64");
    if (name == "PATH") set("PATH", at("nowhere") + ":" + at("python/bin"));
    if (name == "CONDA_PREFIX") set("CONDA_PREFIX", at("conda"));
    if (name == "VIRTUAL_ENV") set("VIRTUAL_ENV", at("venv"));
    if (name == "PYTHONPATH") set("PYTHONPATH", at("site"));
    if (name == "NODE_CUDNN_CUDA_PATH") set("NODE_CUDNN_CUDA_PATH", at("first") + ":" + at("own"));
    put("cublas-13.so", std::string(folder) + "/libcublasLt.so.13");
    EXPECT_EQ(found(), at(std::string(folder) + "/libcublasLt.so.13"));
  }
  LibrarySearch search = machine();
  EXPECT_EQ(search.find(Library::kCublasLt).version, "13.1.0");
  EXPECT_NE(search.find(Library::kCublasLt).handle, nullptr);
}

TEST_F(CudaLibraries, AVirtualEnvironmentLeadsToWhatItWasMadeFrom) {
  put("nvrtc-13.so", "python/lib/python3.11/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.13");
  put_text("python/bin/python3", "#!/bin/sh\n");
  fs::permissions(root / "python/bin/python3", fs::perms::owner_all);
  fs::create_directories(root / "env/bin");
  fs::create_symlink(root / "python/bin/python3", root / "env/bin/python3");
  set("PATH", at("env/bin"));
  LibrarySearch search = machine();
  EXPECT_EQ(search.find(Library::kNvrtc).path, at("python/lib/python3.11/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.13"));
  EXPECT_EQ(search.find(Library::kNvrtc).version, "13.0");
}

TEST_F(CudaLibraries, WhatIsMissingIsNamedWithEveryPlaceAndEveryWord) {
  set("NODE_CUDNN_CUDA_PATH", at("own"));
  put_text("own/libcublasLt.so.13", "not a library");
  LibrarySearch search = machine();
  const LibraryRecord& record = search.find(Library::kCublasLt);
  EXPECT_EQ(record.handle, nullptr);
  EXPECT_EQ(record.trouble.rfind("expected cuBLASLt of CUDA 13 (libcublasLt.so.13), got none in ", 0), 0u) << record.trouble;
  EXPECT_NE(record.trouble.find("own/libcublasLt.so.13: "), std::string::npos);
  EXPECT_NE(record.trouble.find("file too short"), std::string::npos) << record.trouble;
  EXPECT_NE(record.trouble.find("NODE_CUDNN_CUDA_PATH"), std::string::npos);
  ASSERT_FALSE(record.tried.empty());
  EXPECT_EQ(record.tried[0].path, at("own/libcublasLt.so.13"));
  std::string json = search.report(1 << 18);
  EXPECT_NE(json.find("\"path\": \"" + at("own/libcublasLt.so.13") + "\", \"message\": "), std::string::npos) << json;
  std::string shorter = search.report(json.size() - 1);  // less is told rather than half of it
  EXPECT_LT(shorter.size(), json.size());
  EXPECT_EQ(shorter.back(), ']');
}

TEST_F(CudaLibraries, CudnnIsNotTouchedWithoutWhatItNeeds) {
  put_cudnn("cudnn-9.19.so", "own");
  set("NODE_CUDNN_CUDA_PATH", at("own"));
  {
    LibrarySearch search = machine();
    EXPECT_EQ(search.find(Library::kCudnn).trouble, "not looked for, since libcuda.so.1 is missing");
  }
  put("driver.so", "own/libcuda.so.1");
  {
    LibrarySearch search = machine();
    EXPECT_EQ(search.find(Library::kCudnn).trouble, "not looked for, since libcublasLt.so.13 is missing");
  }
  put("cublas-13.so", "own/libcublasLt.so.13");
  LibrarySearch search = machine();
  const LibraryRecord& record = search.find(Library::kCudnn);
  EXPECT_EQ(record.trouble, "");
  EXPECT_EQ(record.version, "9.19.0");
  EXPECT_EQ(record.note, "");
  // Its parts are those beside it, open already under their names.
  void* part = dlopen(at("own/libcudnn_graph.so.9").c_str(), RTLD_LAZY | RTLD_NOLOAD);
  EXPECT_NE(part, nullptr);
  if (part) dlclose(part);
}

TEST_F(CudaLibraries, OtherVersionsAreRefusedNamingBoth) {
  set("NODE_CUDNN_CUDA_PATH", at("own"));
  put("driver.so", "own/libcuda.so.1");
  put("cublas-12.so", "own/libcublasLt.so.13");
  auto message = [&](Library library) {
    LibrarySearch search = machine();
    const LibraryRecord& record = search.find(library);
    EXPECT_EQ(record.handle, nullptr);
    return record.tried.empty() ? std::string() : record.tried[0].message;
  };
  EXPECT_EQ(message(Library::kCublasLt), "expected cuBLASLt 13, got 12.9.0");
  put("cublas-13.so", "own/libcublasLt.so.13");
  put_cudnn("cudnn-9.11.so", "own");
  EXPECT_EQ(message(Library::kCudnn), "expected cuDNN 9.12.0 or a newer 9, got 9.11.0");
  put_cudnn("cudnn-8.so", "own");
  EXPECT_EQ(message(Library::kCudnn), "expected cuDNN 9.12.0 or a newer 9, got 8.9");
  put_cudnn("cudnn-cuda12.so", "own");
  EXPECT_EQ(message(Library::kCudnn), "expected cuDNN 9.19.0 for CUDA 13, got one for CUDA 12.9");
  put_cudnn("part.so", "own");
  EXPECT_EQ(message(Library::kCudnn), "expected cuDNN 9.12 or newer, got a library without cudnnGetVersion");
  set("NODE_CUDNN_CUDA_PATH", at("other"));  // those that served stay open under their names
  put("part.so", "other/libcuda.so.1");
  EXPECT_EQ(message(Library::kDriver), "expected NVIDIA's driver, got a library without cuInit");
  put("part.so", "other/libnvrtc.so.13");
  EXPECT_EQ(message(Library::kNvrtc), "expected NVRTC, got a library without nvrtcVersion");
}

TEST_F(CudaLibraries, ARefusedOneDoesNotHideALaterOne) {
  put("driver.so", "own/libcuda.so.1");
  put("cublas-13.so", "own/libcublasLt.so.13");
  put_cudnn("cudnn-9.11.so", "own");
  put_cudnn("cudnn-9.29.so", "site/nvidia/cudnn/lib");
  set("NODE_CUDNN_CUDA_PATH", at("own"));
  set("PYTHONPATH", at("site"));
  LibrarySearch search = machine();
  const LibraryRecord& record = search.find(Library::kCudnn);
  EXPECT_EQ(record.path, at("site/nvidia/cudnn/lib/libcudnn.so.9"));
  EXPECT_EQ(record.version, "9.29.0");
  EXPECT_EQ(record.note, "newer than 9.28, the newest that node-cudnn was tested with");
  void* part = dlopen(at("own/libcudnn_graph.so.9").c_str(), RTLD_LAZY | RTLD_NOLOAD);
  EXPECT_EQ(part, nullptr);  // closed again
  put_cudnn("cudnn-9.19.so", "broken");
  fs::remove(root / "broken/libcudnn_heuristic.so.9");
  set("NODE_CUDNN_CUDA_PATH", at("own") + ":" + at("broken"));
  set("PYTHONPATH", "");
  LibrarySearch again = machine();
  ASSERT_EQ(again.find(Library::kCudnn).handle, nullptr);
  EXPECT_NE(again.find(Library::kCudnn).trouble.find("libcudnn_heuristic.so.9: cannot open shared object file"), std::string::npos);
}

}  // namespace
}  // namespace nn
