include(CMakePackageConfigHelpers)

install(TARGETS skim EXPORT skimTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/skim DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT skimTargets NAMESPACE skim:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/skim)
configure_package_config_file(cmake/skimConfig.cmake.in skimConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/skim)
write_basic_package_version_file(skimConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/skimConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/skimConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/skim)
