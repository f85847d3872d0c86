# Toolchain: 64-bit Arm on Debian's cross compiler, tests run by qemu. Arm's libraries are looked for
# in SKIM_ARM64_ROOT alone, which scripts/check_neon.sh fills.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR
    "qemu-aarch64;-L;/usr/aarch64-linux-gnu;-E;LD_LIBRARY_PATH=${SKIM_ARM64_ROOT}/usr/lib/aarch64-linux-gnu")
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SKIM_ARM64_ROOT)
set(CMAKE_FIND_ROOT_PATH ${SKIM_ARM64_ROOT} /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
