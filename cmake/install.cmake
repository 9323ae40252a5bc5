# `cmake --install build/release --prefix DIR`, and DESTDIR for packages.

include(GNUInstallDirs)

install(TARGETS docker-watcher RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(FILES LICENSE CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
