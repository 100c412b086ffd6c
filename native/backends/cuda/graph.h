// A step as one CUDA graph: recorded by capturing the compute stream, launched with one call.
#pragma once

#include "core/abi.h"

namespace nn {

int32_t graph_begin(nn_device* device, nn_error* error);
int32_t graph_end(nn_device* device, void** graph, nn_error* error);
int32_t graph_launch(nn_device* device, void* graph, nn_error* error);
void graph_destroy(nn_device* device, void* graph);

}  // namespace nn
