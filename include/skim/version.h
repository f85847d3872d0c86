/* The version of skim; usable from C and C++. */
#ifndef SKIM_VERSION_H_
#define SKIM_VERSION_H_

#define SKIM_VERSION_MAJOR 0
#define SKIM_VERSION_MINOR 1
#define SKIM_VERSION_PATCH 0
#define SKIM_VERSION_STRING "0.1.0"

#endif /* SKIM_VERSION_H_ */
