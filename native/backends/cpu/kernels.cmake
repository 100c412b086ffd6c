# The kernels, for the target `cpu`. Files named float32_* hold the hot loops: on x86-64 they are compiled for the base and for two
# later levels of the instruction set, in a namespace each (kernels/arch.h), and kernels/select.cc chooses when the program runs.
file(GLOB kernel_sources CONFIGURE_DEPENDS native/backends/cpu/kernels/*.cc)
set(hot_sources ${kernel_sources})
list(FILTER hot_sources INCLUDE REGEX "/float32_[a-z0-9_]*\\.cc$")

# Vectors want -O3. Products and sums are never contracted, so that results do not depend on the level, and NaN and Infinity keep
# their meaning: only errno and floating-point traps, which nothing reads, are given up.
set(kernel_options -fno-math-errno -fno-trapping-math -ffp-contract=off $<$<NOT:$<CONFIG:Debug>>:-O3>)
target_sources(cpu PRIVATE ${kernel_sources})
set_source_files_properties(${kernel_sources} PROPERTIES COMPILE_OPTIONS "${kernel_options}")
# Convolutions alone are long sums of products: contracted, as they are in oneDNN, whose results depend on the level as well.
set_property(SOURCE ${CMAKE_CURRENT_SOURCE_DIR}/native/backends/cpu/kernels/float32_conv.cc APPEND PROPERTY COMPILE_OPTIONS -ffp-contract=fast)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  target_compile_options(cpu PRIVATE -march=x86-64-v2)
  target_compile_definitions(cpu PRIVATE NN_X86_LEVELS)
  foreach(level v3 v4)
    add_library(cpu_${level} OBJECT ${hot_sources})
    target_include_directories(cpu_${level} PRIVATE native)
    target_link_libraries(cpu_${level} PRIVATE OpenMP::OpenMP_CXX)
    target_compile_definitions(cpu_${level} PRIVATE NN_ARCH=x86_64_${level} NN_X86_LEVELS)
    target_compile_options(cpu_${level} PRIVATE -march=x86-64-${level} $<$<STREQUAL:${level},v4>:-mprefer-vector-width=512>)
    target_sources(cpu PRIVATE $<TARGET_OBJECTS:cpu_${level}>)
    if(NODE_CUDNN_TESTS AND NOT NODE_CUDNN_SANITIZE)
      add_test(NAME symbols_${level} COMMAND sh ${CMAKE_CURRENT_LIST_DIR}/check_symbols.sh x86_64_${level} $<TARGET_OBJECTS:cpu_${level}>
        COMMAND_EXPAND_LISTS)
    endif()
  endforeach()
endif()
