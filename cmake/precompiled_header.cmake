# What nearly all sources include, parsed once: CAF's headers take half of the
# time of a debug build. Only for builds that nobody installs: in the others each
# source has to include what it uses, so that the compiler would miss it.
option(DW_PRECOMPILE "Precompile the headers that nearly all sources include"
  OFF)

if(DW_PRECOMPILE)
  file(CONFIGURE OUTPUT precompiled_header.cpp CONTENT "")
  add_library(dw_precompiled_header OBJECT
    "${CMAKE_CURRENT_BINARY_DIR}/precompiled_header.cpp")
  target_link_libraries(dw_precompiled_header PRIVATE dw_settings CAF::core)
  target_precompile_headers(dw_precompiled_header PRIVATE
    <algorithm> <chrono> <functional> <map> <memory> <optional> <string>
    <utility> <variant> <vector>
    <caf/actor_system.hpp> <caf/actor_system_config.hpp>
    <caf/event_based_actor.hpp> <caf/expected.hpp> <caf/scoped_actor.hpp>
    <caf/send.hpp> <caf/stateful_actor.hpp> <caf/typed_event_based_actor.hpp>
    "${PROJECT_SOURCE_DIR}/messages/interfaces.hpp")
  # With it ccache can be used, too (its manual, "Precompiled headers").
  target_compile_options(dw_settings INTERFACE -fpch-preprocess)
endif()

# For a target that links dw_messages.
function(dw_use_precompiled_header target)
  if(DW_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM dw_precompiled_header)
  endif()
endfunction()
