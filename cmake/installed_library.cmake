# Libraries that programs of others are built with, and the package by which
# CMake and pkg-config find them.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(dw_package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/docker_watcher")

# dw_install_library(NAME HEADERS FILE...)
# Installs dw_NAME as docker_watcher::NAME, with the headers that its users may
# include. Headers keep their folder, so that they are included in the same way
# here and there. A library shows what DW_EXPORT marks, and nothing else.
function(dw_install_library name)
  cmake_parse_arguments(arg "" "" "HEADERS" ${ARGN})
  set(target dw_${name})
  target_sources(${target} PUBLIC FILE_SET HEADERS
    BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${arg_HEADERS})
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${name}
    OUTPUT_NAME docker_watcher_${name}
    INSTALL_RPATH "$ORIGIN" # where the ones below are
    VERSION "${PROJECT_VERSION}"
    SOVERSION "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")
  # The precompiled header would need the same, and nobody installs what is
  # built with it.
  if(NOT DW_PRECOMPILE)
    # Archives and shared objects consist of the same: who builds both with
    # ccache compiles once, and an archive can become part of a plug-in.
    set_target_properties(${target} PROPERTIES
      CXX_VISIBILITY_PRESET hidden
      VISIBILITY_INLINES_HIDDEN ON
      POSITION_INDEPENDENT_CODE ON
      DEFINE_SYMBOL "")
    # Nobody replaces our functions by others of the same name.
    target_compile_options(${target} PRIVATE -fno-semantic-interposition)
  endif()
  install(TARGETS ${target} EXPORT docker_watcher
    ARCHIVE COMPONENT development
    LIBRARY COMPONENT development
    FILE_SET HEADERS COMPONENT development
      DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/docker_watcher")
endfunction()

# Installs what finds these libraries.
function(dw_install_package)
  set(folder "${PROJECT_BINARY_DIR}/package")
  install(EXPORT docker_watcher FILE docker_watcher-targets.cmake
    NAMESPACE docker_watcher:: COMPONENT development
    DESTINATION "${dw_package_folder}")
  configure_package_config_file(
    "${PROJECT_SOURCE_DIR}/cmake/package/docker_watcher-config.cmake.in"
    "${folder}/docker_watcher-config.cmake"
    INSTALL_DESTINATION "${dw_package_folder}"
    NO_SET_AND_CHECK_MACRO)
  write_basic_package_version_file(
    "${folder}/docker_watcher-config-version.cmake"
    COMPATIBILITY SameMinorVersion)
  install(FILES
    "${folder}/docker_watcher-config.cmake"
    "${folder}/docker_watcher-config-version.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake"
    COMPONENT development DESTINATION "${dw_package_folder}")

  # An archive does not say what it needs.
  set(requires "fmt libcurl libidn2 libsodium libssl spdlog sqlite3")
  set(libs "-lSQLiteCpp -lcaf_openssl -lcaf_io")
  if(BUILD_SHARED_LIBS)
    set(requires "")
    set(libs "")
  endif()
  # Relative to itself, so that the prefix may be chosen when it is installed.
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/package/docker_watcher.pc.in"
    "${folder}/docker_watcher.pc" @ONLY)
  install(FILES "${folder}/docker_watcher.pc"
    COMPONENT development DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endfunction()
