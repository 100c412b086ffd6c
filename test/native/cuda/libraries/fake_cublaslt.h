// A libcublasLt for tests. Its products are real: they are worked out when they are asked for, column-major as NVIDIA's are, epilogues
// included, so that what our side hands over is put to the proof.
#pragma once

#include <cublasLt.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace nn {
namespace fake {

struct CublasLt {
  size_t version = 130100;
  std::vector<std::string> log;                    // functions; products as "cublasLtMatmul epilogue 4"
  std::map<std::string, cublasStatus_t> failures;  // by function
  std::set<int> without;                           // epilogues that the heuristics know no algorithm for; 1 is a plain product
  size_t workspace = 1024;                         // that each algorithm asks for
  std::vector<cublasComputeType_t> computed;       // what each product was computed in
  std::vector<void*> workspaces, streams;
  size_t preferred_workspace = 0;
  uint32_t preferred_schemes = 0;
  int live = 0;  // descriptors, layouts, preferences and handles

  void reset() { *this = CublasLt(); }
};

}  // namespace fake
}  // namespace nn

extern "C" nn::fake::CublasLt* fake_cublaslt();
