/* Prints 1 MB of lines, 64 KiB at a time. */
#include <string.h>
#include <unistd.h>

enum { TOTAL = 1 << 20, PIECE = 1 << 16, LINE = 64 };

int
main(void)
{
	static char piece[PIECE];
	size_t i, left, done;
	ssize_t n;

	memset(piece, 'x', sizeof(piece));
	for (i = LINE; i <= sizeof(piece); i += LINE)
		piece[i - 1] = '\n';
	for (left = TOTAL; left > 0; left -= (size_t)n) {
		done = (TOTAL - left) % PIECE;
		n = write(1, piece + done, PIECE - done);
		if (n <= 0)
			return 1;
	}
	return 0;
}
