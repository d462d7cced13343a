#include <pthread.h>

#include "journal/crc32c.h"

/* The polynomial with its bits reversed: the lowest bit comes first. */
#define POLYNOMIAL 0x82f63b78U

/* Written once, by whoever comes first. */
static uint32_t table[256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void
make_table(void)
{
	uint32_t c;

	for (uint32_t i = 0; i < 256; i++) {
		c = i;
		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ ((c & 1) != 0 ? POLYNOMIAL : 0);
		table[i] = c;
	}
}

uint32_t
crc32c(uint32_t crc, const void *from, size_t n)
{
	const uint8_t *p = from;

	pthread_once(&table_once, make_table);
	crc = ~crc;
	for (size_t i = 0; i < n; i++)
		crc = crc >> 8 ^ table[(crc ^ p[i]) & 0xff];
	return ~crc;
}
