#include <pthread.h>

#include "journal/crc32c.h"

/* The polynomial with its bits reversed: the lowest bit comes first. */
#define POLYNOMIAL 0x82f63b78U

/*
 * What a byte does to the sum with 0 to 7 bytes of zero behind it, so that eight
 * bytes are taken at once.  Written once, by whoever comes first.
 */
static uint32_t table[8][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void
make_table(void)
{
	uint32_t c;

	for (uint32_t i = 0; i < 256; i++) {
		c = i;
		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ ((c & 1) != 0 ? POLYNOMIAL : 0);
		table[0][i] = c;
	}
	for (int t = 1; t < 8; t++) {
		for (uint32_t i = 0; i < 256; i++) {
			c = table[t - 1][i];
			table[t][i] = c >> 8 ^ table[0][c & 0xff];
		}
	}
}

uint32_t
crc32c(uint32_t crc, const void *from, size_t n)
{
	const uint8_t *p = from;

	pthread_once(&table_once, make_table);
	crc = ~crc;
	for (; n >= 8; p += 8, n -= 8)
		crc = table[7][(crc ^ p[0]) & 0xff] ^
		    table[6][(crc >> 8 ^ p[1]) & 0xff] ^
		    table[5][(crc >> 16 ^ p[2]) & 0xff] ^
		    table[4][crc >> 24 ^ p[3]] ^ table[3][p[4]] ^
		    table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
	for (; n > 0; p++, n--)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return ~crc;
}
