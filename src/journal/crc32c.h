#ifndef WEIR_CRC32C_H
#define WEIR_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * The CRC-32C (Castagnoli, RFC 3720) of what crc was computed over, followed
 * by n more bytes; of nothing it is 0.  Pure.
 */
uint32_t crc32c(uint32_t crc, const void *from, size_t n);

#endif
