# Compiler and linker settings of every target of ours, as one interface
# target. Headers of others are system headers, so warnings are about us only.

add_library(dw_settings INTERFACE)
target_include_directories(dw_settings INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(dw_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual
  # Designated initializers leave out what has a default.
  -Wno-missing-field-initializers)
if(DW_WERROR)
  target_compile_options(dw_settings INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 in C++20 mode: bogus -Wrestrict from std::string (GCC PR 105651).
  target_compile_options(dw_settings INTERFACE -Wno-restrict)
else()
  # How RapidJSON compares its values.
  target_compile_options(dw_settings INTERFACE -Wno-ambiguous-reversed-operator)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND NOT DW_SANITIZE)
  # libcaf from Debian is built with GCC and shares function-local statics as
  # STB_GNU_UNIQUE; Clang emits them weak, which gives two copies.
  message(WARNING "libcaf from Debian needs GCC; use Clang for analysis only")
endif()
if(DW_SANITIZE)
  # `null`: CAF 0.17.6 binds a reference to a null shared_ptr<tuple<>> when it
  # spawns a function without arguments (caf/detail/init_fun_factory.hpp).
  # `vptr` takes a fifth of the compiler's time, and CAF is not built with it;
  # `object-size` finds nothing without optimization.
  target_compile_options(dw_settings INTERFACE
    -fsanitize=${DW_SANITIZE} -fno-sanitize=null,vptr,object-size
    -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(dw_settings INTERFACE -fsanitize=${DW_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(dw_settings INTERFACE
      "-fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/sanitizer_ignorelist.txt")
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Sanitizers defeat GCC's flow analysis of caf::optional.
    target_compile_options(dw_settings INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(NOT DW_SANITIZE AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  # Texts are scanned 16 aligned bytes at a time, which may go past their end
  # but not past what the allocator gave out. In headers, so for all sources.
  target_compile_definitions(dw_settings INTERFACE RAPIDJSON_SSE2)
endif()
