# What nearly all sources include, parsed once: CAF's headers take half of the
# time of a build without optimization. Only for what nobody installs: all else
# has to include what it uses, so that the compiler would miss it.
option(DW_PRECOMPILE "Precompile the headers that nearly all sources include"
  OFF)

# With it ccache can be used, too (its manual, "Precompiled headers").
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(dw_pch_options -fpch-preprocess)
else()
  set(dw_pch_options "SHELL:-Xclang -fno-pch-timestamp")
endif()

# dw_add_precompiled_header(NAME)
# Adds the header, with the options of the current folder, for the targets of
# this folder and of those below it.
macro(dw_add_precompiled_header name)
  set(dw_precompiled_header ${name})
  file(CONFIGURE OUTPUT ${name}.cpp CONTENT "")
  add_library(${name} OBJECT "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
  target_link_libraries(${name} PRIVATE dw_settings CAF::core)
  target_precompile_headers(${name} PRIVATE
    <algorithm> <chrono> <functional> <map> <memory> <optional> <string>
    <utility> <variant> <vector>
    <caf/actor_system.hpp> <caf/actor_system_config.hpp>
    <caf/event_based_actor.hpp> <caf/expected.hpp> <caf/scoped_actor.hpp>
    <caf/send.hpp> <caf/stateful_actor.hpp> <caf/typed_event_based_actor.hpp>
    "${PROJECT_SOURCE_DIR}/messages/interfaces.hpp")
  target_compile_options(${name} PUBLIC "${dw_pch_options}")
endmacro()

if(DW_PRECOMPILE)
  dw_add_precompiled_header(dw_precompiled_header)
endif()

# For a target that links dw_messages, in a folder with a precompiled header.
function(dw_use_precompiled_header target)
  if(dw_precompiled_header)
    target_precompile_headers(${target} REUSE_FROM ${dw_precompiled_header})
    target_compile_options(${target} PRIVATE "${dw_pch_options}")
  endif()
endfunction()
