// Opening a backend's library: what is wrong with it is said, whatever it is.
#include "core/loader.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <omp.h>

#include <cstdlib>
#include <string>

#include "core/device.h"

namespace nn {
namespace {

struct Wish {
  explicit Wish(const char* value) { setenv("NODE_CUDNN_FAKE", value, 1); }
  ~Wish() { unsetenv("NODE_CUDNN_FAKE"); }
};

TEST(Loader, OpensALibraryThatKeepsTheInterface) {
  const LoadedBackend loaded = load_backend(NODE_CUDNN_FAKE_PLUGIN);
  ASSERT_NE(loaded.api, nullptr) << loaded.trouble;
  EXPECT_EQ(loaded.trouble, "");
  EXPECT_EQ(loaded.path, NODE_CUDNN_FAKE_PLUGIN);
  EXPECT_EQ(probe_backend(loaded.api).count, 2);
  EXPECT_NE(report_of(loaded).find("\"name\": \"cuDNN\""), std::string::npos) << report_of(loaded);
  nn_error error{};
  auto device = Device::open(loaded.api, nn_open_options{1, 1}, &error);
  ASSERT_NE(device, nullptr) << error.message;
  char json[512];
  loaded.api->describe(device->raw(), json, sizeof json);
  EXPECT_NE(std::string(json).find("Fake GPU 1"), std::string::npos) << json;
}

TEST(Loader, SaysWhichFileIsMissing) {
  const LoadedBackend loaded = load_backend("/nowhere/node_cudnn_cuda.so");
  EXPECT_EQ(loaded.api, nullptr);
  EXPECT_EQ(loaded.trouble, "expected the backend's library /nowhere/node_cudnn_cuda.so, got \"No such file or directory\"");
  EXPECT_EQ(report_of(loaded), "");
}

TEST(Loader, KeepsTheLoadersWords) {
  const LoadedBackend loaded = load_backend("/dev/null");
  EXPECT_EQ(loaded.api, nullptr);
  EXPECT_NE(loaded.trouble.find("expected /dev/null to load, got \""), std::string::npos) << loaded.trouble;
  EXPECT_NE(loaded.trouble.find("too short"), std::string::npos) << loaded.trouble;
}

TEST(Loader, RefusesALibraryThatIsNoBackend) {
  Dl_info info{};
  ASSERT_NE(dladdr(reinterpret_cast<const void*>(&omp_get_num_procs), &info), 0);
  const LoadedBackend loaded = load_backend(info.dli_fname);
  EXPECT_EQ(loaded.api, nullptr);
  EXPECT_NE(loaded.trouble.find("to export nn_backend_init and nn_backend_report"), std::string::npos) << loaded.trouble;
}

TEST(Loader, NamesBothInterfacesWhereTheyDiffer) {
  const std::string own =
      "expected a backend of interface " + std::to_string(NN_ABI_VERSION) + " (" + std::to_string(sizeof(nn_backend_api)) + " bytes), got ";
  {
    Wish wish("abi");
    const std::string trouble = load_backend(NODE_CUDNN_FAKE_PLUGIN).trouble;
    EXPECT_EQ(trouble.rfind(own + std::to_string(NN_ABI_VERSION + 1) + " (", 0), 0u) << trouble;
  }
  Wish wish("size");
  const std::string trouble = load_backend(NODE_CUDNN_FAKE_PLUGIN).trouble;
  EXPECT_EQ(trouble.rfind(own + std::to_string(NN_ABI_VERSION) + " (" + std::to_string(sizeof(nn_backend_api) - 8) + " bytes)", 0), 0u)
      << trouble;
}

TEST(Loader, KeepsTheBackendsReasonAndItsReport) {
  Wish wish("refuse");
  const LoadedBackend loaded = load_backend(NODE_CUDNN_FAKE_PLUGIN);
  EXPECT_EQ(loaded.api, nullptr);
  EXPECT_EQ(loaded.trouble, "cuDNN 9.12 to 9.28 was not found (3 places were tried)");
  EXPECT_NE(report_of(loaded).find("/opt/a/libcudnn.so.9"), std::string::npos);
}

TEST(Loader, TellsWhyThereIsNoDevice) {
  Wish wish("none");
  const LoadedBackend loaded = load_backend(NODE_CUDNN_FAKE_PLUGIN);
  ASSERT_NE(loaded.api, nullptr);
  const Probe probe = probe_backend(loaded.api);
  EXPECT_EQ(probe.count, 0);
  EXPECT_EQ(probe.trouble, "no NVIDIA GPU (the driver counts 0)");
}

}  // namespace
}  // namespace nn
