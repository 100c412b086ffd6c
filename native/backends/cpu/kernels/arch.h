// Hot loops are compiled once for each generation of processors. Their code lives in a namespace of its own for each, or the linker,
// which keeps one of all functions of one name, could give an old processor another's instructions. For the same reason such files
// include native/math (whose functions are always inlined) and the headers beside this one, but nothing of the C++ library.
#pragma once

#include <stdint.h>

#ifndef NN_ARCH
#define NN_ARCH base
#endif
