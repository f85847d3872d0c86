// Symbol visibility: everything is hidden but what carries SKIM_EXPORT. Usable from C and C++.
#ifndef SKIM_EXPORT_H_
#define SKIM_EXPORT_H_

#if defined(SKIM_STATIC)
#define SKIM_EXPORT
#elif defined(_WIN32)
#ifdef SKIM_BUILD
#define SKIM_EXPORT __declspec(dllexport)
#else
#define SKIM_EXPORT __declspec(dllimport)
#endif
#else
#define SKIM_EXPORT __attribute__((visibility("default")))
#endif

#endif /* SKIM_EXPORT_H_ */
